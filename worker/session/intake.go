package session

import "braid/protocol"

// Intake decides which chunks of parameters count, and whether those that came make a version.
// It is the mirror of coordinator/stream: chunks of one road arrive in order, on either road, or
// are lost; a gap in their count shows it. Its methods are called by one goroutine at a time.
type Intake struct {
	term uint64

	feed     uint64 // newest
	count    uint64 // chunks of it, without a gap
	complete bool   // the last of them said that nothing is lacking

	joined  bool   // chunks of the multicast count
	seq     uint64 // the last of them
	within  bool   // it was not the last of its version
	ignored uint64 // the last that did not count

	newest uint64 // version of which chunks are here
	lost   bool   // chunks were: only a newer feed helps
}

// Reset begins a session: nothing is here.
func (in *Intake) Reset(term, feed uint64) { *in = Intake{term: term, feed: feed} }

// Version is that of the parameters, 0 if they are of none: parts of several, or not all of one.
func (in *Intake) Version() uint64 {
	if in.complete && !in.within && !in.lost {
		return in.newest
	}
	return 0
}

// Lost says that chunks were lost, or never came.
func (in *Intake) Lost() bool { return in.lost }

// Lose notes that a chunk cannot be used.
func (in *Intake) Lose() { in.lost = true }

// Progress is what to tell the coordinator. The shell knows whether the worker listens.
func (in *Intake) Progress() protocol.Progress {
	p := protocol.Progress{Feed: in.feed, Count: in.count}
	if in.joined {
		p.Seq = in.seq
	}
	return p
}

// Expects reports whether a chunk is the next one of its road. Call Count, or Lose if the chunk cannot be used, before
// anything else then. A chunk that shows that others were lost is noted.
func (in *Intake) Expects(p *protocol.Params) bool {
	switch {
	case p.Term != in.term:
		return false
	case p.Feed == 0:
		return in.expectsCast(p)
	case !in.current(p.Feed):
		return false
	}
	return in.follows(p.Count, in.count)
}

// follows reports whether a count is the next after another, and notes a gap.
func (in *Intake) follows(count, last uint64) bool {
	if in.lost || count <= last {
		return false
	}
	in.lost = count != last+1
	return !in.lost
}

// current says whether a feed is the newest one of this session, and begins it if it is newer.
func (in *Intake) current(feed uint64) bool {
	if feed>>protocol.FeedBits != in.feed>>protocol.FeedBits || feed < in.feed {
		return false
	}
	if feed > in.feed {
		in.feed, in.count, in.complete, in.joined, in.within, in.lost = feed, 0, false, false, false, false
	}
	return true
}

func (in *Intake) expectsCast(p *protocol.Params) bool {
	if !in.joined {
		in.ignored = max(in.ignored, p.Count)
		return false
	}
	return in.follows(p.Count, in.seq)
}

// Count takes the chunk that is expected: it is to be applied, after those that were counted before it.
func (in *Intake) Count(p *protocol.Params) {
	if p.Feed == 0 {
		in.seq, in.within = p.Count, !p.Last
	} else {
		in.count, in.complete = p.Count, p.Last
	}
	in.newest = max(in.newest, p.Version)
}

// Position takes the coordinator's word of what it has sent.
func (in *Intake) Position(p *protocol.Position) {
	if p.Term != in.term || !in.current(p.Feed) || in.lost {
		return
	}
	if p.Joined && !in.joined {
		in.joined, in.seq, in.within = true, p.Since, false
		in.lost = in.ignored > p.Since
	}
	if p.Count > in.count || p.Joined && p.Seq > in.seq {
		in.lost = true
	}
}

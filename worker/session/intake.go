package session

import "braid/protocol"

// Intake decides which chunks of parameters count, and whether they make a version. It is the mirror of
// coordinator/stream: there is a feed and a multicast, and chunks of each are counted. They arrive in order or are
// lost; a gap in the count shows a loss. One goroutine at a time may call an Intake.
type Intake struct {
	term uint64

	feed     uint64 // the newest
	count    uint64 // chunks of the feed, without a gap
	complete bool   // the newest chunk of the feed completes the parameters

	joined  bool   // chunks of the multicast count
	seq     uint64 // count of the newest chunk of the multicast
	within  bool   // more chunks of the same version follow it
	ignored uint64 // count of the newest chunk that arrived before joined

	newest uint64 // version of the newest chunk
	lost   bool   // chunks were lost; only a newer feed repairs that
}

// Reset begins a session without parameters.
func (in *Intake) Reset(term, feed uint64) { *in = Intake{term: term, feed: feed} }

// Version is the version of the parameters, 0 if they are not one: parts of several, or not all of one.
func (in *Intake) Version() uint64 {
	if in.complete && !in.within && !in.lost {
		return in.newest
	}
	return 0
}

// Lost reports that chunks were lost.
func (in *Intake) Lost() bool { return in.lost }

// Lose notes that a chunk cannot be used.
func (in *Intake) Lose() { in.lost = true }

// Progress returns the counts for the coordinator. Listening is left to the caller.
func (in *Intake) Progress() protocol.Progress {
	p := protocol.Progress{Feed: in.feed, Count: in.count}
	if in.joined {
		p.Seq = in.seq
	}
	return p
}

// Expects reports whether a chunk is the next one of the feed or the multicast. If so, the caller must call Count, or
// Lose if the chunk cannot be used. A chunk that is not the next one shows that others were lost.
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

// current reports whether a feed is the newest one of the session, and begins the feed if it is newer.
func (in *Intake) current(feed uint64) bool {
	if session(feed) != session(in.feed) || feed < in.feed {
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

// Count counts the chunk that Expects has accepted. Chunks must be applied in the order in which they are counted.
func (in *Intake) Count(p *protocol.Params) {
	if p.Feed == 0 {
		in.seq, in.within = p.Count, !p.Last
	} else {
		in.count, in.complete = p.Count, p.Last
	}
	in.newest = max(in.newest, p.Version)
}

// Position compares the counts of the chunks that the coordinator has sent with the counts of those that arrived.
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

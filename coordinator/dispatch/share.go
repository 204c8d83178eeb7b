package dispatch

import "time"

// offer is the time that n units take a member: first + n·each.
type offer struct{ first, each time.Duration }

func (o offer) takes(n int) time.Duration { return o.first + time.Duration(n)*o.each }

// slack is how long a round may take with equal shares. Equal shares cut the tree into fewer nodes, and measurements
// are noisy.
func slack(d time.Duration) time.Duration { return d + d/8 }

// shares cuts n units into a share for each member, so that the round is short. If offers is nil, all shares are equal.
// excess lists the members that are too slow for a single unit. If there are fewer units than members, turn selects the
// members that get one.
func shares(n, members int, offers []offer, turn int) (out []int, excess []int) {
	if offers == nil {
		return evenly(n, members, nil, turn), nil
	}
	out = fastest(n, offers)
	round := time.Duration(0)
	for i, k := range out {
		if k > 0 {
			round = max(round, offers[i].takes(k))
		}
	}
	alike := make([]int, 0, members)
	for i, o := range offers {
		if o.takes(1) <= slack(round) {
			alike = append(alike, i)
		} else {
			excess = append(excess, i)
		}
	}
	even := evenly(n, members, alike, turn)
	for i, k := range even {
		if k > 0 && offers[i].takes(k) > slack(round) {
			for _, j := range alike {
				if out[j] == 0 {
					excess = append(excess, j)
				}
			}
			return out, excess
		}
	}
	return even, excess
}

// evenly cuts n units into equal shares for the members in which, nil for all.
func evenly(n, members int, which []int, turn int) []int {
	if which == nil {
		for i := range members {
			which = append(which, i)
		}
	}
	out := make([]int, members)
	w := len(which)
	for i := range min(n, w) {
		at := i
		if n < w {
			at = (turn + i) % w // not the same ones every round
		}
		out[which[at]] = max(1, (i+1)*n/w-i*n/w)
	}
	return out
}

// fastest assigns one unit at a time to the offer that would finish it first, the earlier one of two. No other cut is
// done sooner.
func fastest(n int, offers []offer) []int {
	out := make([]int, len(offers))
	heap := make([]int, len(offers)) // the offer that finishes another unit first is at the root
	less := func(a, b int) bool {
		ta, tb := offers[a].takes(out[a]+1), offers[b].takes(out[b]+1)
		return ta < tb || ta == tb && a < b
	}
	sink := func(i int) {
		for {
			least := i
			for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
				if less(heap[child], heap[least]) {
					least = child
				}
			}
			if least == i {
				return
			}
			heap[i], heap[least] = heap[least], heap[i]
			i = least
		}
	}
	for i := range heap {
		heap[i] = i
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		sink(i)
	}
	for range n {
		out[heap[0]]++
		sink(0)
	}
	return out
}

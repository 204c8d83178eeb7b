package data

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"braid/job"
)

// textKey is a hash of the words of an example.
type textKey [16]byte

func keyOf(e *Example) (key textKey) {
	h := sha256.New()
	var length [4]byte
	for _, w := range e.Tokens {
		n := len(w)
		length = [4]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
		h.Write(length[:])
		h.Write([]byte(w))
	}
	copy(key[:], h.Sum(nil))
	return key
}

// text is the first example with certain words.
type text struct {
	e     *Example
	split job.Split
}

// repeats finds examples with the same words: in one split, in two splits of a data set, and
// in dev or test of one data set and train of another.
func repeats(raw *Raw) []Finding {
	var all []Finding
	training := map[textKey]*Example{} // first example of all data sets
	for s := range raw.Sets {
		set := &raw.Sets[s]
		first := map[textKey]text{}
		for _, split := range job.Splits {
			all = append(all, repeatsOf(set, split, first)...)
		}
		for i := range set.Train {
			key := keyOf(&set.Train[i])
			if training[key] == nil {
				training[key] = &set.Train[i]
			}
		}
	}
	if len(raw.Sets) > 1 {
		all = append(all, crossRepeats(raw, training)...)
	}
	return all
}

// repeatsOf looks up the texts of a split in first, and adds those that are new.
func repeatsOf(set *RawSet, split job.Split, first map[textKey]text) []Finding {
	found := map[job.Split]*places{}
	for _, from := range job.Splits {
		found[from] = &places{}
	}
	examples := set.Split(split)
	for i := range examples {
		e := &examples[i]
		key := keyOf(e)
		if f, ok := first[key]; ok {
			found[f.split].add(e, f.e)
		} else {
			first[key] = text{e, split}
		}
	}
	var all []Finding
	for _, from := range job.Splits {
		if from == split {
			all = append(all, found[from].end("remove it if it was not observed twice",
				"of %s with the words of an earlier one", split)...)
		} else {
			all = append(all, found[from].end("remove it from one of them", "of %s that %s has too", split, from)...)
		}
	}
	return all
}

// crossRepeats finds examples of dev and test that are in train of another data set and not in
// that of their own. The encoder has learnt from them, since all tasks share it.
func crossRepeats(raw *Raw, training map[textKey]*Example) []Finding {
	var all []Finding
	for _, split := range job.Splits[1:] {
		var found places
		for s := range raw.Sets {
			set := &raw.Sets[s]
			own := map[textKey]bool{}
			for i := range set.Train {
				own[keyOf(&set.Train[i])] = true
			}
			examples := set.Split(split)
			for i := range examples {
				key := keyOf(&examples[i])
				if twin := training[key]; twin != nil && !own[key] {
					found.add(&examples[i], twin)
				}
			}
		}
		all = append(all, found.end("remove it from one of them, since the tasks share what they learn",
			"of %s in train of another data set of the job", split)...)
	}
	return all
}

// places is one finding for any number of repeated examples. It names the first ones.
type places struct {
	first, twin *Example
	others      []string // places after the first, at most placesShown
	count       int
}

const placesShown = 4

func (p *places) add(e, twin *Example) {
	p.count++
	switch {
	case p.count == 1:
		p.first, p.twin = e, twin
	case len(p.others) < placesShown && e.File == p.first.File:
		p.others = append(p.others, fmt.Sprint(e.Line))
	case len(p.others) < placesShown:
		p.others = append(p.others, fmt.Sprintf("%s:%d", e.File, e.Line))
	}
}

func (p *places) end(mend, format string, args ...any) []Finding {
	if p.count == 0 {
		return nil
	}
	also := ""
	if len(p.others) > 0 {
		also = "; also " + strings.Join(p.others, ", ")
	}
	if p.count > 1+len(p.others) {
		also += ", ..."
	}
	return []Finding{{File: p.first.File, Line: p.first.Line, Msg: fmt.Sprintf("%s %s (here %s:%d%s): %s",
		plural(p.count, "example"), fmt.Sprintf(format, args...), p.twin.File, p.twin.Line, also, mend)}}
}

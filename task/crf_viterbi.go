package task

import (
	"math"
	"slices"
)

// crfViterbi is the memory for the best tagging of one text.
type crfViterbi struct {
	score, next []float64 // (K) of the best tagging that ends in a tag
	back        []int32   // (T, K) the tag before
}

// best sets path, one element a word, to the legal tagging of the greatest score. Of equal taggings it takes the one
// whose last differing tag is least.
//
//	emissions  returns the K scores of word t
//
// Time is O(T·K²). A tag is left out as predecessor where its score plus its best transition is below the best score
// plus the least transition from there; few tags remain where the emissions are certain.
//
// Source: Viterbi 1967.
func (v *crfViterbi) best(w *crfWeights, path []int32, emissions func(t int) []float32) {
	k := w.k
	v.back = slices.Grow(v.back[:0], len(path)*k)[:len(path)*k]
	v.score, v.next = slices.Grow(v.score[:0], k)[:k], slices.Grow(v.next[:0], k)[:k]
	for j, e := range emissions(0) {
		v.score[j] = float64(w.start[j]) + float64(e)
	}
	for t := 1; t < len(path); t++ {
		v.step(w, v.back[t*k:(t+1)*k])
		for j, e := range emissions(t) {
			v.next[j] += float64(e)
		}
		v.score, v.next = v.next, v.score
	}
	for j, end := range w.end {
		v.score[j] += float64(end)
	}
	last := len(path) - 1
	path[last] = int32(argmax(v.score))
	for t := last; t > 0; t-- {
		path[t-1] = v.back[t*k+int(path[t])]
	}
}

// step sets next and back to the best predecessor of each tag.
func (v *crfViterbi) step(w *crfWeights, back []int32) {
	k := w.k
	top := argmax(v.score)
	enough := v.score[top] + float64(w.least[top])
	for j := range v.next {
		v.next[j] = math.Inf(-1)
	}
	clear(back)
	for i, score := range v.score {
		if score+float64(w.most[i]) < enough {
			continue
		}
		next := v.next[:k]
		for j, transition := range w.transitions[i*k : i*k+k] {
			if s := score + float64(transition); s > next[j] {
				next[j], back[j] = s, int32(i)
			}
		}
	}
	for j, free := range w.free {
		if free {
			continue
		}
		before := w.chain.before[j]
		from, s := before[0], v.score[before[0]]+float64(w.into[j*k+int(before[0])])
		if other := v.score[before[1]] + float64(w.into[j*k+int(before[1])]); other > s {
			from, s = before[1], other
		}
		v.next[j], back[j] = s, from
	}
}

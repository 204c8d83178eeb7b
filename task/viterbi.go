package task

import "math"

// viterbi is the memory for the best legal path of one text.
type viterbi struct {
	score, next []float64 // (K) of the best path that ends in a class
	back        []int32   // (T, K) the class before
}

// best replaces path, the classes of greatest score of each word, by the legal path of the greatest sum of scores.
// A legal path stays. Of equal paths it takes the one whose last differing class is least.
//
//	emissions  returns the K scores of word t, up to a constant per word
//
// Time is O(T·K), because an I- tag has two legal predecessors and every other tag follows the best path of all.
// Source: Viterbi 1967.
func (v *viterbi) best(c *chain, path []int32, emissions func(t int) []float32) {
	if c.allLegal(path) {
		return
	}
	k := len(c.before)
	v.grow(len(path), k)
	for class, x := range emissions(0) {
		v.score[class] = float64(x)
		if !c.legal(-1, int32(class)) {
			v.score[class] = math.Inf(-1)
		}
	}
	for t := 1; t < len(path); t++ {
		last := int32(argmax(v.score))
		for class, x := range emissions(t) {
			from := last
			if before := c.before[class]; before != nil {
				from = before[0]
				if v.score[before[1]] > v.score[from] {
					from = before[1]
				}
			}
			v.next[class] = v.score[from] + float64(x)
			v.back[t*k+class] = from
		}
		v.score, v.next = v.next, v.score
	}
	path[len(path)-1] = int32(argmax(v.score))
	for t := len(path) - 1; t > 0; t-- {
		path[t-1] = v.back[t*k+int(path[t])]
	}
}

// grow makes room for a text of the given words and classes.
func (v *viterbi) grow(words, classes int) {
	if cap(v.back) < words*classes {
		v.back = make([]int32, words*classes*5/4)
	}
	if len(v.score) != classes {
		v.score, v.next = make([]float64, classes), make([]float64, classes)
	}
	v.back = v.back[:words*classes]
}

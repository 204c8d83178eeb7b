package data

// Baselines are answers that depend on no context. A useful model has better scores.

// MajorityBaseline returns the most frequent class of training for every example of split; of
// equally frequent classes, the lowest. target is an index into Corpus.Targets.
func MajorityBaseline(train, split *Corpus, target int) []int32 {
	answers := make([]int32, split.Len())
	most := mostFrequent(train.Targets[target].Class)
	for i := range answers {
		answers[i] = most
	}
	return answers
}

// MostFrequentTag returns for every word of split the tag that it has most often in training;
// of equally frequent tags, the lowest. A word that training does not have gets the most
// frequent tag of all. The result is aligned with split.Words. Words are compared as they are
// in the texts: with all digits 0, as in the vocabulary, the baseline would be lower (SNIPS
// slots: F1 46.1 instead of 49.6).
func MostFrequentTag(train, split *Corpus, trainTexts, splitTexts []Example, target int) []int32 {
	type pair struct {
		word string
		tag  int32
	}
	tags := train.Targets[target].Tags
	counts := map[pair]int{}
	at := 0
	for _, e := range trainTexts {
		for _, w := range e.Words() {
			if tags[at] >= 0 {
				counts[pair{w, tags[at]}]++
			}
			at++
		}
	}
	best := map[string]int32{}
	for p, n := range counts { // a total order decides, not that of the map
		had, ok := best[p.word]
		m := counts[pair{p.word, had}]
		if !ok || n > m || n == m && p.tag < had {
			best[p.word] = p.tag
		}
	}
	overall := mostFrequent(tags)
	answers := make([]int32, 0, len(split.Words))
	for _, e := range splitTexts {
		for _, w := range e.Words() {
			tag, ok := best[w]
			if !ok {
				tag = overall
			}
			answers = append(answers, tag)
		}
	}
	return answers
}

// mostFrequent returns the most frequent id that is not negative; of equally frequent ones, the
// lowest.
func mostFrequent(ids []int32) int32 {
	var counts []int
	for _, id := range ids {
		for int(id) >= len(counts) {
			counts = append(counts, 0)
		}
		if id >= 0 {
			counts[id]++
		}
	}
	most := 0
	for id, n := range counts {
		if n > counts[most] {
			most = id
		}
	}
	return int32(most)
}

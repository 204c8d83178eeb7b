package data

// Floors are what a model must beat: answers that look at no context.

// MajorityFloor answers the most frequent class of training for every example of split;
// target is an index into Corpus.Targets. Of equals the lowest class counts.
func MajorityFloor(train, split *Corpus, target int) []int32 {
	answers := make([]int32, split.Len())
	most := mostFrequent(train.Targets[target].Class)
	for i := range answers {
		answers[i] = most
	}
	return answers
}

// MostFrequentTag answers for every word of split the tag that it has most often in
// training; words that training has not get the most frequent tag of all. Of equals the
// lowest tag counts. The answers are aligned with split.Words.
func MostFrequentTag(train, split *Corpus, target int) []int32 {
	tags := train.Targets[target].Tags
	counts := map[uint64]int{}
	best := map[uint32]int32{}
	for i, tag := range tags {
		if tag < 0 || train.Words[i] == Unknown {
			continue
		}
		counts[uint64(train.Words[i])<<32|uint64(tag)]++
	}
	for key, n := range counts {
		word, tag := uint32(key>>32), int32(uint32(key))
		had, ok := best[word]
		m := counts[uint64(word)<<32|uint64(uint32(had))]
		if !ok || n > m || n == m && tag < had {
			best[word] = tag
		}
	}
	overall := mostFrequent(tags)
	answers := make([]int32, len(split.Words))
	for i, w := range split.Words {
		tag, ok := best[w]
		if !ok {
			tag = overall
		}
		answers[i] = tag
	}
	return answers
}

// mostFrequent is the most frequent id that is not negative, the lowest of equals.
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

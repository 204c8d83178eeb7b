package plan

// Trees returns the number of gradient trees of a step: one for all tasks together, or one for
// each task of each stream.
func (s *Step) Trees() int {
	if !s.Apart {
		return 1
	}
	n := 0
	for i := range s.Streams {
		n += len(s.Streams[i].Tasks)
	}
	return n
}

// Tree returns what gradient tree k of an apart step belongs to: the index of a stream, and the
// index of a task in the stream's Tasks.
func (s *Step) Tree(k int) (stream, task int) {
	for k >= len(s.Streams[stream].Tasks) {
		k -= len(s.Streams[stream].Tasks)
		stream++
	}
	return stream, k
}

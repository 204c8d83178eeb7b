package model

import (
	"encoding/binary"

	"braid/job"
	"braid/task"
)

// maxOutcomes bounds the outcomes of a block of BlockExamples examples, in bytes, so that they fit into a message of
// any server. An example has about 10 bytes of each task. Only a multilabel task of some hundred labels, whose model
// answers with most of them, has more.
const maxOutcomes = 160 << 10

// Outcomes returns the outcomes of the examples that have a label of a task. They are nil if they were not kept or
// were too many bytes for a block.
func (s *SetScore) Outcomes(t int) *task.Outcomes {
	for _, x := range s.tasks {
		if x.task == t {
			return x.outcomes
		}
	}
	return nil
}

// fitOutcomes drops the outcomes of tasks, the later ones first, that do not fit into maxOutcomes.
func (s *SetScore) fitOutcomes() {
	var b []byte
	for i := range s.tasks {
		if o := s.tasks[i].outcomes; o != nil {
			before := len(b)
			if b = o.AppendBinary(b); len(b) > maxOutcomes {
				s.tasks[i].outcomes, b = nil, b[:before]
			}
		}
	}
}

// largestOutcomes bounds the outcomes of a block of n examples of a data set, in bytes, whatever the answers are.
func (a *Architecture) largestOutcomes(set, n int) int {
	const text, entry = 5 + 2, 5 + 5 // varints: the index of the text and the number of entries; an entry
	bytes := 0
	for _, t := range a.Job.TasksOf(set) {
		entries := 7 // of a tagging task, which has the most
		if l := a.Labels[t]; l != nil && a.Job.Tasks[t].Of().Answer == job.Set {
			entries = 2 + 3*len(l.Names())
		}
		bytes += n * (text + entries*entry)
	}
	return bytes
}

// appendOutcomes appends by task the length of its outcomes plus 1, and the outcomes; 0 for outcomes that are not kept.
func (s *SetScore) appendOutcomes(b []byte) []byte {
	var own []byte
	for _, x := range s.tasks {
		if x.outcomes == nil {
			b = append(b, 0)
			continue
		}
		own = x.outcomes.AppendBinary(own[:0])
		b = append(binary.AppendUvarint(b, uint64(len(own)+1)), own...)
	}
	return b
}

// decodeOutcomes reads what appendOutcomes wrote, all of b.
func (s *SetScore) decodeOutcomes(b []byte) error {
	for i := range s.tasks {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n)+1 {
			return errScore
		}
		if b = b[n:]; size == 0 {
			s.tasks[i].outcomes = nil
			continue
		}
		if err := s.tasks[i].outcomes.Decode(b[:size-1]); err != nil {
			return err
		}
		b = b[size-1:]
	}
	if len(b) > 0 {
		return errScore
	}
	return nil
}

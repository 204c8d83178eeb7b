package task

import (
	"encoding/binary"
	"errors"
	"math"

	"braid/job"
)

// Score holds the counts from which a task's metrics are computed. The scores of parts add up to the
// score of the whole.
type Score struct {
	kind   kind
	Counts []uint64  // the kind defines their meaning; the order of additions does not matter
	Sums   []float64 // of regression alone; parts must be added in their order
}

// NewScore returns an empty score for a task with the given number of labels, including those that
// training did not have.
func NewScore(t job.Task, labels int) *Score {
	k := kindOf(t)
	counts, sums := k.size(labels)
	return &Score{k, make([]uint64, counts), make([]float64, sums)}
}

// Add adds the score of the next part.
func (s *Score) Add(o *Score) {
	s.kind.merge(s, o)
	for i, v := range o.Counts {
		s.Counts[i] += v
	}
}

// Metrics returns the task's metrics by name, as fractions.
func (s *Score) Metrics() map[string]float64 { return s.kind.metrics(s) }

// AppendBinary appends counts and sums, little endian.
func (s *Score) AppendBinary(b []byte) []byte {
	for _, v := range s.Counts {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	for _, v := range s.Sums {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

var errScore = errors.New("task: a score ends early")

// Decode sets s, a score of the same task, to a score that AppendBinary wrote, and returns the bytes
// after it. On an error s is unchanged.
func (s *Score) Decode(b []byte) ([]byte, error) {
	if len(b) < 8*(len(s.Counts)+len(s.Sums)) {
		return nil, errScore
	}
	for i := range s.Counts {
		s.Counts[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	b = b[8*len(s.Counts):]
	for i := range s.Sums {
		s.Sums[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return b[8*len(s.Sums):], nil
}

// macroF1 returns the mean F1 over the classes that occur in gold or answers.
// Source: scikit-learn's f1_score, average="macro".
func macroF1(correct, found, gold []uint64) float64 {
	sum, n := 0.0, 0
	for c := range gold {
		if found[c]+gold[c] == 0 {
			continue
		}
		_, _, f1 := prf(correct[c], found[c], gold[c])
		sum += f1
		n++
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// ratio returns a/b, and 0 if b is 0.
func ratio(a, b uint64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

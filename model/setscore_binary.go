package model

import (
	"encoding/binary"
	"errors"
	"math"

	"braid/gradient"
)

// AppendBinary appends the score, little endian, and its outcomes if they are kept.
func (s *SetScore) AppendBinary(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.Joint)
	b = binary.LittleEndian.AppendUint64(b, s.JointRight)
	for _, x := range s.tasks {
		b = binary.LittleEndian.AppendUint64(b, x.seen)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.loss.Sum))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.loss.Weight))
		b = x.score.AppendBinary(b)
	}
	if s.outcomes {
		b = s.appendOutcomes(b)
	}
	return b
}

// errScore is the error of Decode.
var errScore = errors.New("model: a score of the wrong length")

// Decode reads what AppendBinary wrote into an empty score of the same data set that keeps outcomes if that did.
func (s *SetScore) Decode(b []byte) error {
	if len(b) < 16 {
		return errScore
	}
	s.Joint, s.JointRight = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	b = b[16:]
	for i := range s.tasks {
		x := &s.tasks[i]
		if len(b) < 24 {
			return errScore
		}
		x.seen = binary.LittleEndian.Uint64(b)
		x.loss = gradient.Loss{Sum: math.Float64frombits(binary.LittleEndian.Uint64(b[8:])),
			Weight: math.Float64frombits(binary.LittleEndian.Uint64(b[16:]))}
		var err error
		if b, err = x.score.Decode(b[24:]); err != nil {
			return err
		}
	}
	if s.outcomes {
		return s.decodeOutcomes(b)
	}
	if len(b) > 0 {
		return errScore
	}
	return nil
}

package rng

import (
	"crypto/sha256"
	"encoding/binary"
)

// Purpose separates the uses of one seed: streams of different purposes are unrelated.
// The values are part of every job's result: append, never reorder.
type Purpose uint32

const (
	Init        Purpose = iota + 1 // initial parameters: A group, B parameter or row, by name
	Sample                         // the task that a step trains
	Shuffle                        // the permutation of an epoch: A task or data set by name, B epoch
	Dropout                        // dropout masks: A step, B example and place; the seed is DataSet's
	UnknownWord                    // rare words replaced by the unknown word
	Tasks                          // the K tasks that a joint step trains
	Audit                          // the shards that are computed twice
	DataSet                        // a data set's own seed: A its name
	SkipGram                       // everything in the training of word vectors, in order
	Balance                        // random factors of the tasks: A step
	Conflict                       // orders of the tasks when gradients are combined: A step, B part of the parameters
	Resample                       // bootstrap samples of test examples: A the task by name
	Measure                        // the examples of a measurement: A task or data set by name, B step
	Part                           // the seed of a part of the model that only one task has: A its name
)

// Name returns a Key's A or B for a named object: the first eight bytes of the name's
// SHA-256, as a little-endian number. Keys use names rather than indices so that adding a
// task, a data set or a word to a job changes no other random choice.
func Name(name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return binary.LittleEndian.Uint64(sum[:])
}

// Key identifies a stream of random numbers. Equal keys give equal streams; keys that differ
// in any field give unrelated streams.
type Key struct {
	Seed    uint64
	Purpose Purpose
	A, B    uint64
}

// state is a Key hashed to the generator's input: a Philox key (k0, k1) and half of the
// counter (c2, c3). The other half of the counter is the position in the stream.
type state struct {
	k0, k1, c2, c3 uint32
}

// state hashes k. It costs two Philox calls, as a Key has more bits than one call takes.
func (k Key) state() state {
	x := philox([4]uint32{uint32(k.A), uint32(k.A >> 32), uint32(k.Purpose), 0}, uint32(k.Seed), uint32(k.Seed>>32))
	y := philox([4]uint32{uint32(k.B), uint32(k.B >> 32), x[2], x[3]}, x[0], x[1])
	return state{y[0], y[1], y[2], y[3]}
}

// block returns words 4i to 4i+3 of the stream.
func (s state) block(i uint64) [4]uint32 {
	return philox([4]uint32{uint32(i), uint32(i >> 32), s.c2, s.c3}, s.k0, s.k1)
}

// Uint32At returns word i of the key's stream, the result of the (i+1)th call of
// Stream.Uint32. It costs three Philox calls; words read in order from a Stream cost a
// quarter of a call each.
func (k Key) Uint32At(i uint64) uint32 {
	return k.state().block(i / 4)[i%4]
}

// Stream returns the key's stream, at its start.
func (k Key) Stream() *Stream {
	s := Stream{state: k.state()}
	return &s
}

package rng

import (
	"crypto/sha256"
	"encoding/binary"
)

// Purpose says what numbers are for, so that two uses of one seed never meet.
// The values are part of every job's result: append, never reorder.
type Purpose uint32

const (
	Init        Purpose = iota + 1 // initial parameters: A group, B parameter or row, by name
	Sample                         // which task a step trains
	Shuffle                        // the permutation of an epoch: A task or data set by name, B epoch
	Dropout                        // dropout masks: A step, B example and place; the seed is DataSet's
	UnknownWord                    // rare words replaced by the unknown word
	Tasks                          // which K tasks a joint step trains
	Audit                          // which shards are computed twice
	DataSet                        // a data set's own seed: A its name
)

// Name is the A or B of a Key for something that has a name. Keys by name, where a key by
// index would do, leave the random choices of everything else alone when a job gains a
// task, a data set or a word. It is the first eight bytes of the name's SHA-256.
func Name(name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return binary.LittleEndian.Uint64(sum[:])
}

// Key names a stream of random numbers. Equal keys give equal streams; keys that differ
// in any field give streams that are unrelated.
type Key struct {
	Seed    uint64
	Purpose Purpose
	A, B    uint64
}

// state is a Key hashed to what the generator runs on: a Philox key and half a counter;
// the other half of the counter is the position in the stream.
type state struct {
	k0, k1, c2, c3 uint32
}

// state costs two Philox calls: Key has more bits than one call takes.
func (k Key) state() state {
	x := philox([4]uint32{uint32(k.A), uint32(k.A >> 32), uint32(k.Purpose), 0}, uint32(k.Seed), uint32(k.Seed>>32))
	y := philox([4]uint32{uint32(k.B), uint32(k.B >> 32), x[2], x[3]}, x[0], x[1])
	return state{y[0], y[1], y[2], y[3]}
}

// block returns words 4i to 4i+3 of the stream.
func (s state) block(i uint64) [4]uint32 {
	return philox([4]uint32{uint32(i), uint32(i >> 32), s.c2, s.c3}, s.k0, s.k1)
}

// Uint32At returns word i of the key's stream: what the (i+1)th call of its Stream's
// Uint32 gives. Costs three Philox calls; where many words of one key are wanted in
// order, a Stream costs a quarter of one each.
func (k Key) Uint32At(i uint64) uint32 {
	return k.state().block(i / 4)[i%4]
}

// Stream returns the key's stream from its start.
func (k Key) Stream() *Stream {
	s := Stream{state: k.state()}
	return &s
}

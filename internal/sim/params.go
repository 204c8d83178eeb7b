package sim

import (
	"encoding/binary"
	"errors"
	"fmt"

	"braid/coordinator/stream"
	"braid/protocol"
)

// groups are the parameters: nine items, of which three fit a chunk, and of the increments six.
var groups = []stream.Group{{Items: 5, Bytes: 20, Delta: 10}, {}, {Items: 4, Bytes: 18, Delta: 9}}

const chunk = 64 // bytes

const items = 9

// params are numbers that every step changes.
type params [items]uint64

// update changes the items that a step changes, and returns which and by how much.
func update(p *params, step uint64) (changed []uint32, by params) {
	for i := range p {
		if by[i] = mix(step, uint64(i)); by[i]%3 == 0 || i == int(step%items) {
			p[i] += by[i]
			changed = append(changed, uint32(i))
		}
	}
	return changed, by
}

// after returns the parameters after a number of steps.
func after(steps uint64) (p params) {
	for step := range steps {
		update(&p, step)
	}
	return p
}

// sum is different for different parameters.
func (p *params) sum() uint64 { return mix(p[:]...) }

// write writes items as a chunk's body.
func (p *params) write(items []uint32, delta bool) (body []byte) {
	for _, i := range items {
		body = append(body, make([]byte, itemBytes(byte(i), delta))...)
		at := body[len(body)-itemBytes(byte(i), delta):]
		at[0] = byte(i)
		binary.LittleEndian.PutUint64(at[1:], p[i])
	}
	return body
}

// itemBytes is how long an item is in a body.
func itemBytes(item byte, delta bool) int {
	g := groups[0]
	if int(item) >= g.Items {
		g = groups[2]
	}
	if delta {
		return g.Delta
	}
	return g.Bytes
}

// misfit is a body that fits no model, in a frame with a right checksum.
var misfit = []byte{0} // shorter than any item

// fits is the Check of every worker.
func fits(_ *protocol.Params, body []byte) error {
	if len(body) == 1 {
		return errors.New("a part of an item")
	}
	return nil
}

// version is a version of the parameters of a term.
type version struct{ term, number uint64 }

// checkVersion compares the parameters with which an order is computed with those of the leader.
func (w *world) checkVersion(x *worker, o *protocol.Order) {
	if x.model.packed != w.versions[version{o.Term, o.Version}] {
		w.state.Wrong = append(w.state.Wrong, fmt.Sprintf("%.3f s: %s computes an order of version %d with other parameters",
			w.now.Seconds(), x.name, o.Version))
	}
}

// model is a worker's model: the parameters that chunks are written to, and the form of them that is computed with.
type model struct{ params, packed params }

// apply writes a chunk, and packs the parameters if they are those of a version.
func (m *model) apply(body []byte, add, version bool) {
	for ; len(body) > 0; body = body[itemBytes(body[0], add):] {
		i, v := body[0], binary.LittleEndian.Uint64(body[1:])
		if add {
			v += m.params[i]
		}
		m.params[i] = v
	}
	if version {
		m.packed = m.params
	}
}

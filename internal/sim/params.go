package sim

import "braid/coordinator/stream"

// groups are the parameters: nine items, of which three or four fit a chunk.
var groups = []stream.Group{{Items: 5, Bytes: 300, Delta: 150}, {}, {Items: 4, Bytes: 250, Delta: 125}}

const items = 9

var everything = []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8}

// params are numbers that every step changes.
type params [items]uint64

// update changes some items, as the step says, and returns which and by how much.
func update(p *params, step uint64) (changed []uint32, by params) {
	for i := range p {
		if by[i] = mix(step, uint64(i)); by[i]%3 == 0 || i == int(step%items) {
			p[i] += by[i]
			changed = append(changed, uint32(i))
		}
	}
	return changed, by
}

// after is what steps make of the first parameters.
func after(steps uint64) (p params) {
	for step := range steps {
		update(&p, step)
	}
	return p
}

// sum is different for different parameters.
func (p *params) sum() uint64 { return mix(p[:]...) }

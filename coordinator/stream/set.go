package stream

import (
	"math/bits"
	"slices"
)

// Group is a group of parameters. All items of a group have the same size.
type Group struct {
	Items int
	Bytes int // of an item: its number and values
	Delta int // of an item: its number and increments
}

// layout numbers the items of all groups consecutively.
type layout struct {
	groups []Group
	first  []uint32 // by group, its first item's number; one more at the end
}

func newLayout(groups []Group) layout {
	l := layout{groups: groups, first: make([]uint32, 1, len(groups)+1)}
	for i, g := range groups {
		l.first = append(l.first, l.first[i]+uint32(g.Items))
	}
	return l
}

func (l *layout) items() int { return int(l.first[len(l.groups)]) }

func (l *layout) group(item uint32) *Group {
	i, exact := slices.BinarySearch(l.first, item)
	if !exact {
		i--
	}
	for l.groups[i].Items == 0 {
		i++ // empty groups begin at the same number
	}
	return &l.groups[i]
}

func (l *layout) bytes(item uint32, delta bool) int64 {
	if delta {
		return int64(l.group(item).Delta)
	}
	return int64(l.group(item).Bytes)
}

// set is a set of items.
type set struct {
	*layout
	words []uint64
	n     int
	bytes int64 // of all their values
}

func newSet(l *layout) set { return set{layout: l, words: make([]uint64, (l.items()+63)/64)} }

func (s *set) add(items []uint32) {
	for _, i := range items {
		if w, b := i/64, uint64(1)<<(i%64); s.words[w]&b == 0 {
			s.words[w] |= b
			s.n++
			s.bytes += s.layout.bytes(i, false)
		}
	}
}

func (s *set) remove(items []uint32) {
	for _, i := range items {
		if w, b := i/64, uint64(1)<<(i%64); s.words[w]&b != 0 {
			s.words[w] &^= b
			s.n--
			s.bytes -= s.layout.bytes(i, false)
		}
	}
}

// fill adds every item.
func (s *set) fill() {
	s.n, s.bytes = s.items(), 0
	for i := range s.words {
		s.words[i] = ^uint64(0)
	}
	if rest := s.n % 64; rest != 0 {
		s.words[len(s.words)-1] = 1<<rest - 1
	}
	for _, g := range s.groups {
		s.bytes += int64(g.Items) * int64(g.Bytes)
	}
}

// take removes items in ascending order, starting from a number: at most limit bytes, but at least one item. If no
// item is left above the number, it starts from the first item.
func (s *set) take(from uint32, limit int64) (items []uint32, bytes int64) {
	for round := 0; round < 2 && s.n > len(items); round++ {
		for w := int(from / 64); w < len(s.words); w++ {
			word := s.words[w]
			if w == int(from/64) {
				word &= ^uint64(0) << (from % 64)
			}
			for ; word != 0; word &= word - 1 {
				item := uint32(w*64 + bits.TrailingZeros64(word))
				size := s.layout.bytes(item, false)
				if len(items) > 0 && bytes+size > limit {
					s.remove(items)
					return items, bytes
				}
				items, bytes = append(items, item), bytes+size
			}
		}
		if len(items) > 0 {
			break // ascending
		}
		from = 0
	}
	s.remove(items)
	return items, bytes
}

package task

import (
	"slices"
	"strings"
)

// chain holds which tag may follow which. In BIO, I-X must follow B-X or I-X; every other pair is legal. A type
// without a B- tag in training may begin with its I- tag.
//
// Letters: T words, K classes.
type chain struct {
	names []string
	// before lists, for an I- tag, the two classes that may precede it. It is nil for tags that may follow any.
	before [][]int32
	// inside is, for a B- or I- tag, the class of the I- tag of its type; -1 if there is none.
	inside []int32
}

// newChain returns the legal transitions between tags, or nil if every transition is legal.
func newChain(names []string) *chain {
	c := chainOf(names)
	if !slices.ContainsFunc(c.before, func(before []int32) bool { return before != nil }) {
		return nil
	}
	return c
}

// chainOf returns the transitions between tags.
func chainOf(names []string) *chain {
	ids := map[string]int32{}
	for i, name := range names {
		ids[name] = int32(i)
	}
	c := &chain{names: names, before: make([][]int32, len(names)), inside: make([]int32, len(names))}
	for i, name := range names {
		c.inside[i] = -1
		if prefix, kind, _ := strings.Cut(name, "-"); prefix == "B" || prefix == "I" {
			if id, ok := ids["I-"+kind]; ok {
				c.inside[i] = id
			}
		}
		kind, inside := strings.CutPrefix(name, "I-")
		if begin, ok := ids["B-"+kind]; inside && ok {
			c.before[i] = []int32{min(begin, int32(i)), max(begin, int32(i))}
		}
	}
	return c
}

// legal reports whether a class may follow another; -1 means the start of the text.
func (c *chain) legal(previous, class int32) bool {
	before := c.before[class]
	return before == nil || previous >= 0 && (previous == before[0] || previous == before[1])
}

// mend returns a class that may follow another: class itself if legal, otherwise the B- tag of its type, as which
// conlleval reads a tag that continues nothing.
func (c *chain) mend(previous, class int32) int32 {
	if c.legal(previous, class) {
		return class
	}
	before := c.before[class]
	return before[0] + before[1] - class
}

// allLegal reports whether every transition of a path is legal.
func (c *chain) allLegal(path []int32) bool {
	previous := int32(-1)
	for _, class := range path {
		if !c.legal(previous, class) {
			return false
		}
		previous = class
	}
	return true
}

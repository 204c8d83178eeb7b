package model

import "braid/gradient"

// SharedPart is a part of the parameters that several tasks train.
type SharedPart struct {
	Name   string // "encoder", or "encoder/weight" of a tensor
	Ranges []gradient.Range
}

// SharedEncoder returns all parameters that several tasks train, as one part. It has no ranges if there are none.
func (a *Architecture) SharedEncoder() SharedPart {
	all := SharedPart{Name: "encoder"}
	for _, p := range a.SharedTensors() {
		all.Ranges = append(all.Ranges, p.Ranges...)
	}
	return all
}

// SharedTensors returns the parameters that several tasks train, tensor by tensor. A table is one tensor.
func (a *Architecture) SharedTensors() (parts []SharedPart) {
	for slot, s := range a.shape.Slots {
		if a.Owner(slot) != Shared {
			continue
		}
		if s.Table() {
			r := gradient.Range{Slot: slot, Hi: s.Rows}
			parts = append(parts, SharedPart{a.groups[slot].Name, []gradient.Range{r}})
			continue
		}
		lo := 0
		for _, spec := range a.groups[slot].Specs {
			r := gradient.Range{Slot: slot, Lo: lo, Hi: lo + spec.Size()}
			parts = append(parts, SharedPart{a.groups[slot].Name + "/" + spec.Name, []gradient.Range{r}})
			lo = r.Hi
		}
	}
	return parts
}

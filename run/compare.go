package run

import (
	"maps"
	"slices"
)

// Differences names what two records of one step have not in common, in the order in which
// it comes about: tasks, tokens, loss, checksum, skipped, norm, lr. Times are no part of it, nor is a
// checksum that one of them has not.
func (m *Metric) Differences(o *Metric) []string {
	var names []string
	note := func(name string, equal bool) {
		if !equal {
			names = append(names, name)
		}
	}
	note("task", slices.Equal(m.Tasks, o.Tasks))
	note("tokens", m.Tokens == o.Tokens)
	note("loss", maps.Equal(m.Loss, o.Loss))
	note("checksum", m.Checksum == o.Checksum || m.Checksum == "" || o.Checksum == "")
	note("skipped", m.Skipped == o.Skipped)
	note("norm", m.Norm == o.Norm)
	note("lr", m.Rate == o.Rate)
	return names
}

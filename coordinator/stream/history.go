package stream

import "slices"

// history records which items the last versions changed, so that a worker that lost some of them is not sent all items.
type history struct {
	versions []changes
	items    int    // in all versions
	from     uint64 // changes after this count of the multicast are recorded
}

type changes struct {
	items []uint32
	open  bool   // not all of the items are sent
	end   uint64 // count of the last chunk of the multicast with these items
}

// Bounds of the record: 1 MiB of numbers of items, and the versions of about a second.
const (
	maxRemembered = 1 << 18
	maxVersions   = 256
)

// begin adds a version.
func (h *history) begin(items []uint32) {
	h.versions = append(h.versions, changes{items: items, open: true})
	h.items += len(items)
	for len(h.versions) > 1 && (h.items > maxRemembered || len(h.versions) > maxVersions) {
		h.from = max(h.from, h.versions[0].end)
		h.items -= len(h.versions[0].items)
		h.versions = slices.Delete(h.versions, 0, 1)
	}
}

// end sets the count of the multicast at which the newest version was sent or abandoned.
func (h *history) end(count uint64) {
	v := &h.versions[len(h.versions)-1]
	v.open, v.end = false, count
}

// since adds the items that were sent after a count of the multicast.
func (h *history) since(count uint64, s *set) {
	if count < h.from {
		s.fill()
		return
	}
	for i := len(h.versions) - 1; i >= 0; i-- {
		if v := h.versions[i]; v.open || v.end > count {
			s.add(v.items)
		} else {
			return
		}
	}
}

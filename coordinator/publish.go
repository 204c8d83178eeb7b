package coordinator

import (
	"context"
	"fmt"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/nn"
	"braid/protocol"
	"braid/train"
	"braid/transport"
)

// publishJob stores everything that a worker fetches and returns the hash of the manifest.
func publishJob(ctx context.Context, store *transport.Store, j *job.Job, p *data.Prepared) (string, error) {
	var m protocol.Manifest
	put := func(name string, blob []byte, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		hash, err := store.Put(ctx, blob)
		m = append(m, protocol.Item{Name: name, Hash: hash, Size: int64(len(blob))})
		return err
	}
	if err := put("job", j.YAML(), nil); err != nil {
		return "", err
	}
	blob, err := p.Vocab.MarshalBinary()
	if err := put("vocab", blob, err); err != nil {
		return "", err
	}
	for t, labels := range p.Labels {
		if labels == nil {
			continue
		}
		blob, err := labels.MarshalBinary()
		if err := put(protocol.LabelsItem(t), blob, err); err != nil {
			return "", err
		}
	}
	for s := range p.Sets {
		for _, split := range protocol.Splits {
			c := p.Sets[s].Split(split)
			if c == nil {
				continue
			}
			blob, err := c.MarshalBinary()
			if err := put(protocol.CorpusItem(s, split), blob, err); err != nil {
				return "", err
			}
		}
	}
	return store.Put(ctx, m.Text())
}

// writeAll writes parameters that need no base.
func writeAll(w *gradient.Writer, ps *nn.ParamSet) {
	for i, g := range ps.Groups {
		if g.Dim == 0 {
			w.Dense(i, 0, g.Data)
			continue
		}
		writeTable(w, i, g)
	}
}

// writeTable writes all rows of a table.
func writeTable(w *gradient.Writer, group int, g *nn.Group) {
	ids := make([]uint32, len(g.Data)/g.Dim)
	for id := range ids {
		ids[id] = uint32(id)
	}
	w.RowsOf(group, g.Dim, ids, g.Data)
}

// writeChanged writes what changed, or by how much.
func writeChanged(w *gradient.Writer, ps *nn.ParamSet, c train.Changed) {
	if c.By != nil {
		ps = c.By
	}
	for i, g := range ps.Groups {
		switch {
		case g.Dim > 0 && len(c.Rows[i]) > 0 && !c.Groups[i]:
			w.RowsOf(i, g.Dim, c.Rows[i], g.Data)
		case !c.Groups[i]:
		case g.Dim == 0:
			w.Dense(i, 0, g.Data)
		default:
			writeTable(w, i, g)
		}
	}
}

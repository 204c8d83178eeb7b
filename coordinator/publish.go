package coordinator

import (
	"context"
	"fmt"

	"braid/data"
	"braid/job"
	"braid/nn"
	"braid/protocol"
	"braid/train"
	"braid/transport"
)

// publishJob stores everything that a worker fetches and returns the manifest's hash.
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

// appendAll appends a patch that needs no base.
func appendAll(dst []byte, ps *nn.ParamSet) []byte {
	for i, g := range ps.Groups {
		dst = protocol.AppendWhole(dst, i, g.Data)
	}
	return dst
}

// appendChanged appends a patch with what changed; nothing if nothing did.
func appendChanged(dst []byte, ps *nn.ParamSet, c train.Changed) []byte {
	for i, g := range ps.Groups {
		switch {
		case c.Groups[i]:
			dst = protocol.AppendWhole(dst, i, g.Data)
		case len(c.Rows[i]) > 0:
			dst = protocol.AppendRows(dst, i, g.Dim, c.Rows[i], g.Data)
		}
	}
	return dst
}

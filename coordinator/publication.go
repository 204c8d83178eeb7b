package coordinator

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"braid/data"
	"braid/job"
	"braid/protocol"
	"braid/transport"
)

// publication is the set of blobs that workers fetch. A blob is encoded when it is stored, and again if the
// server has lost it.
type publication struct {
	manifest string // hash
	items    []published
}

// published is one blob. The manifest is the first.
type published struct {
	protocol.Item
	blob func() ([]byte, error)
}

// newPublication lists and hashes the blobs of a job and its data, and more blobs, whose hash and size it computes.
func newPublication(j *job.Job, p *data.Prepared, more ...published) (*publication, error) {
	var m protocol.Manifest
	items := make([]published, 1)
	add := func(name string, blob func() ([]byte, error)) error {
		b, err := blob()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		item := protocol.Item{Name: name, Hash: transport.Hash(b), Size: int64(len(b))}
		m, items = append(m, item), append(items, published{item, blob})
		return nil
	}
	if err := add("job", func() ([]byte, error) { return j.YAML(), nil }); err != nil {
		return nil, err
	}
	if err := add("vocab", p.Vocab.MarshalBinary); err != nil {
		return nil, err
	}
	for t, labels := range p.Labels {
		if labels == nil {
			continue
		}
		if err := add(protocol.LabelsItem(t), labels.MarshalBinary); err != nil {
			return nil, err
		}
	}
	for s := range p.Sets {
		for _, split := range job.Splits {
			c := p.Sets[s].Split(split)
			if c == nil {
				continue
			}
			if err := add(protocol.CorpusItem(s, string(split)), c.MarshalBinary); err != nil {
				return nil, err
			}
		}
	}
	for _, other := range more {
		if err := add(other.Name, other.blob); err != nil {
			return nil, err
		}
	}
	text := m.Text()
	all := transport.Hash(text)
	items[0] = published{protocol.Item{Name: "manifest", Hash: all, Size: int64(len(text))}, func() ([]byte,
		error) {
		return text, nil
	}}
	return &publication{manifest: all, items: items}, nil
}

// put stores every missing blob, and returns the names of those that it stored.
func (p *publication) put(ctx context.Context, store *transport.Store) (stored []string, err error) {
	for _, i := range p.items {
		if store.Check(ctx, i.Hash, i.Size) == nil {
			continue
		}
		if err := i.store(ctx, store); err != nil {
			return stored, err
		}
		stored = append(stored, i.Name)
	}
	return stored, nil
}

// retryPut is the time between two attempts to store blobs during an election.
const retryPut = 200 * time.Millisecond

// putFirst is put for a store that exists. It waits for the end of an election among the servers.
func (p *publication) putFirst(ctx context.Context, store *transport.Store) error {
	for begin := time.Now(); ; {
		_, err := p.put(ctx, store)
		if !transport.Leaderless(err) || time.Since(begin) > transport.Patience(0) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryPut):
		}
	}
}

// unreadable returns an error if a blob cannot be read back.
func (p *publication) unreadable(ctx context.Context, store *transport.Store) error {
	for _, i := range p.items {
		if err := store.GetTo(ctx, i.Hash, i.Size, io.Discard); err != nil {
			return fmt.Errorf("%s: %w", i.Name, err)
		}
	}
	return nil
}

// find returns the blob of a hash, nil if there is none.
func (p *publication) find(hash string) *published {
	for i := range p.items {
		if p.items[i].Hash == hash {
			return &p.items[i]
		}
	}
	return nil
}

// store stores the blob and overwrites a damaged one.
func (i *published) store(ctx context.Context, store *transport.Store) error {
	b, err := i.blob()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, transport.Patience(i.Size))
	defer cancel()
	return store.Replace(ctx, i.Hash, i.Size, bytes.NewReader(b))
}

package coordinator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"braid/protocol"
	"braid/run"
	"braid/transport"
)

const (
	keptCopies = 2               // checkpoints with a copy: if the newest copy is damaged, there is another
	recordWait = 5 * time.Second // limit of reading or writing the record of a job
)

// open connects unless that was done before. Copies have a connection of their own, so that large transfers do not
// delay urgent messages.
func (r *replica) open(ctx context.Context) (err error) {
	if r.conn == nil {
		c := r.leader.Nats
		c.Name, c.Wait, c.Log = "braid coordinator copies", 0, c.Log.Named("copies")
		if r.conn, err = transport.Connect(ctx, c); err != nil {
			r.conn = nil
			return err
		}
	}
	if r.store == nil {
		store, err := r.conn.OpenStore(ctx, r.leader.Fleet)
		if err != nil {
			return err
		}
		r.store = store.Namespace(r.leader.machine.Job)
	}
	if r.records == nil {
		r.records, err = r.conn.OpenRecords(ctx, r.leader.Fleet)
	}
	return err
}

// copy stores a checkpoint, then the record that names it, then deletes blobs that no record names: at any time, the
// blobs of a record exist.
func (r *replica) copy(ctx context.Context, step uint64) (size int64, err error) {
	if err := r.open(ctx); err != nil {
		return 0, err
	}
	c, err := run.OpenCopy(r.leader.Dir, step)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var m protocol.Manifest
	for _, f := range c.Files {
		if err := r.put(ctx, f); err != nil {
			return 0, fmt.Errorf("%s: %w", f.Name, err)
		}
		m = append(m, protocol.Item{Name: f.Name, Hash: f.SHA256, Size: f.Size})
		size += f.Size
	}
	text := m.Text()
	if _, err := r.store.Put(ctx, text); err != nil {
		return 0, err
	}
	hash := transport.Hash(text)
	r.manifests[hash] = m
	record, err := r.change(ctx, func(now *protocol.Record) {
		now.Model, now.Where = "", ""
		now.Add(protocol.Copy{Step: step, Manifest: hash}, keptCopies)
	})
	if err != nil {
		return 0, err
	}
	return size, r.sweep(ctx, record)
}

func (r *replica) put(ctx context.Context, f run.File) error {
	ctx, cancel := context.WithTimeout(ctx, transport.Patience(f.Size))
	defer cancel()
	return r.store.PutFrom(ctx, f.SHA256, f.Size, f.Reader())
}

// change updates the record. It first drops copies that were withdrawn or made from other data.
func (r *replica) change(ctx context.Context, change func(*protocol.Record)) (*protocol.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, recordWait)
	defer cancel()
	record, err := r.records.Change(ctx, r.leader.machine.Job, r.leader.machine.Term, func(now *protocol.Record) {
		now.Copies = slices.DeleteFunc(now.Copies, func(c protocol.Copy) bool {
			return now.Data != r.leader.dataHash || r.goneBack && c.Step > r.back
		})
		change(now)
		now.Data = r.leader.dataHash
	})
	r.goneBack = r.goneBack && err != nil
	return record, err
}

// sweep deletes the blobs that no copy of the record needs.
func (r *replica) sweep(ctx context.Context, record *protocol.Record) error {
	ctx, cancel := context.WithTimeout(ctx, transport.Patience(0))
	defer cancel()
	keep, manifests := map[string]bool{}, map[string]protocol.Manifest{}
	for _, c := range record.Copies {
		m := r.manifests[c.Manifest]
		if m == nil {
			// Written by an earlier leader. If the manifest is damaged, so is the copy.
			var err error
			if m, err = readManifest(ctx, r.store, c.Manifest); err != nil && !transport.Damaged(err) {
				return fmt.Errorf("removing old copies: %w", err)
			}
		}
		keep[c.Manifest], manifests[c.Manifest] = true, m
		for _, item := range m {
			keep[item.Hash] = true
		}
	}
	r.manifests = manifests
	if err := r.store.KeepOnly(ctx, keep); err != nil {
		return fmt.Errorf("removing old copies: %w", err)
	}
	return nil
}

func readManifest(ctx context.Context, store *transport.Store, hash string) (protocol.Manifest, error) {
	text, err := store.Small(ctx, hash, protocol.MaxManifest)
	if err != nil {
		return nil, err
	}
	return protocol.ParseManifest(text)
}

// begin empties the job's record.
func (r *replica) begin(ctx context.Context) error { return r.replace(ctx, "", "") }

// finish records that the job is finished. Its copies are not needed any more; clear deletes them.
func (r *replica) finish(ctx context.Context, model, where string) error {
	return r.replace(context.WithoutCancel(ctx), model, where)
}

func (r *replica) replace(ctx context.Context, model, where string) error {
	if r == nil {
		return nil
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	_, err := r.change(ctx, func(now *protocol.Record) { now.Copies, now.Model, now.Where = nil, model, where })
	return err
}

// clear deletes all copies of the job.
func (r *replica) clear(ctx context.Context) error {
	if r == nil || r.store == nil {
		return nil
	}
	return r.sweep(context.WithoutCancel(ctx), &protocol.Record{})
}

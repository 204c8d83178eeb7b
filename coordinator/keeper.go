package coordinator

import (
	"context"
	"io"
	"strings"
	"time"

	"braid/transport"
)

const (
	keepEvery  = 10 * time.Second // between two looks at what the server has
	keepLook   = time.Second      // between two looks at the connections
	verifyRest = 2 * time.Second  // between two verifications of one blob, however many workers ask for it
	keepLimit  = 30 * time.Second // of one look
)

// keeper restores buckets and blobs that the server has lost. A server may restart with an empty or incomplete
// store. keeper checks after a reconnection, when a worker cannot fetch a blob, and every keepEvery.
type keeper struct {
	leader  *leader
	workers *workers

	verified map[string]time.Time // by hash
	renewals uint64               // of the connections, at the last look
}

func newKeeper(l *leader, w *workers) *keeper {
	return &keeper{leader: l, workers: w, verified: map[string]time.Time{}}
}

// run keeps until ctx ends.
func (k *keeper) run(ctx context.Context) {
	look := time.NewTicker(keepLook)
	defer look.Stop()
	var next time.Time
	for {
		if now := time.Now(); !now.Before(next) || k.renewed() {
			next = now.Add(keepEvery)
			k.do(ctx, "looking at what NATS keeps", k.check)
		}
		select {
		case <-ctx.Done():
			return
		case hash := <-k.workers.missing:
			k.do(ctx, "storing again what NATS has lost", func(ctx context.Context) error { return k.repair(ctx, hash) })
		case <-look.C:
		}
	}
}

func (k *keeper) do(ctx context.Context, what string, do func(context.Context) error) {
	limited, cancel := context.WithTimeout(ctx, keepLimit)
	defer cancel()
	if err := do(limited); err != nil && ctx.Err() == nil {
		k.leader.Log.Warn(what+": trying again", "error", err)
	}
}

// renewed reports whether a connection was renewed since the last call.
func (k *keeper) renewed() bool {
	now := k.leader.conn.Counters().Reconnects + k.leader.bulk.Counters().Reconnects
	changed := now != k.renewals
	k.renewals = now
	return changed
}

// check creates missing buckets, replicas and blobs.
func (k *keeper) check(ctx context.Context) error {
	l := k.leader
	store, err := l.bulk.EnsureStore(ctx, l.Fleet, l.keeping)
	if err != nil {
		return err
	}
	stored, err := l.publication.put(ctx, store)
	if err == nil && len(stored) > 0 {
		err = k.confirm(ctx, store)
	}
	k.say(stored)
	if err != nil {
		return err
	}
	changed, err := l.bulk.Replicate(ctx, l.Fleet, l.keeping)
	if changed > 0 {
		l.Log.Info("gave NATS buckets more replicas", "buckets", changed)
	}
	return err
}

// confirm reads all blobs back, and rebuilds the store if one is damaged.
func (k *keeper) confirm(ctx context.Context, store *transport.Store) error {
	l := k.leader
	damage := l.publication.unreadable(ctx, store)
	if damage == nil || !transport.Damaged(damage) {
		return damage
	}
	l.Log.Warn("NATS does not return stored blobs: rebuilding its object store", "error", damage)
	store, err := l.bulk.RebuildStore(ctx, l.Fleet, l.keeping)
	if err != nil {
		return err
	}
	_, err = l.publication.put(ctx, store)
	return err
}

// repair reads a blob that a worker could not fetch, and stores it again if it is damaged.
func (k *keeper) repair(ctx context.Context, hash string) error {
	i := k.leader.publication.find(hash)
	if i == nil {
		return k.check(ctx)
	}
	if time.Since(k.verified[hash]) < verifyRest {
		return nil
	}
	defer func() { k.verified[hash] = time.Now() }()
	store, err := k.leader.bulk.EnsureStore(ctx, k.leader.Fleet, k.leader.keeping)
	if err != nil {
		return err
	}
	if store.GetTo(ctx, i.Hash, i.Size, io.Discard) == nil {
		return nil
	}
	if err := i.store(ctx, store); err != nil {
		return err
	}
	k.say([]string{i.Name})
	return k.confirm(ctx, store)
}

// say notes restored blobs in the log and in the run's journal.
func (k *keeper) say(stored []string) {
	if len(stored) == 0 {
		return
	}
	text := "NATS had lost " + strings.Join(stored, ", ") + " of the job: stored again"
	if len(stored) == len(k.leader.publication.items) {
		text = "NATS had lost the job and its data: stored again"
	}
	k.leader.Log.Warn(text)
	k.workers.report.stored(text)
}

package coordinator

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"

	"braid/coordinator/dispatch"
	"braid/data"
	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"
)

// Run leads a job to its end and returns its summary.
func Run(ctx context.Context, c Config) (*run.Summary, error) {
	c.complete()
	if err := protocol.CheckName("--fleet", string(c.Fleet)); err != nil {
		return nil, err
	}
	if err := cmp.Or(transport.CheckReplicas(c.Replicas), transport.CheckLease(c.Lease)); err != nil {
		return nil, err
	}
	// Checked before the data are read, which may take a while.
	if err := run.Check(c.Dir, c.Job, c.Resume); err != nil {
		return nil, err
	}
	conns, closeConns, err := connect(ctx, &c)
	if err != nil {
		return nil, err
	}
	defer closeConns()
	chunk, err := conns.conn.Chunk()
	if err != nil {
		return nil, err
	}
	// An embedded server ends with this process, and with it what the server keeps.
	keeping := transport.Keeping{Memory: c.Listen != "", Replicas: c.Replicas, Lease: c.Lease}
	store, err := conns.bulk.MakeStore(ctx, c.Fleet, keeping)
	if err != nil {
		return nil, err
	}
	setup, err := train.Open(ctx, c.Job, c.Status)
	if err != nil {
		return nil, err
	}
	if c.Resume { // checked before the lease is taken, which another standby may need
		if err := run.OpenReadOnly(c.Dir, c.Job).Expecting(setup.Data.Digest).Belongs(); err != nil {
			return nil, err
		}
	}
	c.warn(setup)
	setup.Raw = nil // frees the texts
	c.Status("publishing job and data")
	publication, err := newPublication(c.Job, setup.Data)
	if err != nil {
		return nil, err
	}
	if err := publication.putFirst(ctx, store); err != nil {
		return nil, err
	}
	l := &leader{Config: c, conns: conns, setup: setup, machine: dispatch.Config{
		Leader: randomName(), Job: c.Job.Hash(), Manifest: publication.manifest, Identity: protocol.Local(), Chunk: chunk,
		MinWorkers: c.Job.Cluster.MinWorkers, Patience: c.Job.Cluster.Patience, Beat: c.Beat,
		Audit: c.Job.Cluster.Audit, Seed: c.Job.Seed,
	}, dataHash: setup.Data.Digest.SHA256(), publication: publication, keeping: keeping}
	if c.Resume { // a standby with other data fails now, not when it is needed
		if _, err := l.recall(ctx); err != nil {
			return nil, err
		}
		l.terms.hear(run.LastTerm(c.Dir))
	}
	for {
		summary, err := l.lead(ctx)
		if !errors.Is(err, train.ErrFenced) || ctx.Err() != nil {
			return summary, err
		}
		// The new leader may die, and perhaps there is none.
		c.Log.Warn("standing by again", "why", err)
		l.Resume = true
	}
}

// warn logs what the data of a job lose or lack.
func (c Config) warn(setup *train.Setup) {
	for _, cut := range data.Cuts(c.Job, setup.Raw) {
		c.Log.Warn("examples longer than max_tokens are cut", "data", cut.Set, "split", cut.Split, "max_tokens",
			cut.MaxTokens,
			"examples", cut.Examples, "words_left_out", cut.Words)
	}
	for _, s := range setup.Starved() {
		c.Log.Warn(s.String())
	}
}

// randomName returns a name for this coordinator that no other one has.
func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

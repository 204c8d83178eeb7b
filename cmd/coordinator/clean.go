package main

import (
	"context"
	"errors"
	"io"
	"os"

	"braid/cmd/internal/term"
	"braid/coordinator"
	"braid/internal/plain"
	"braid/protocol"
)

// clean removes what jobs have left in the store of a NATS server.
func (f *flags) clean(ctx context.Context, out *os.File, errs io.Writer) error {
	if f.Listen != "" {
		return errors.New("--clean with --listen: the server of --listen keeps nothing; give --nats")
	}
	done, err := coordinator.Clean(ctx, coordinator.Config{Fleet: protocol.Fleet(f.Fleet), Replicas: f.Replicas, Lease: seconds(f.Lease), Nats: f.nats(), Log: f.logger(errs)}, f.CleanAll)
	if err != nil {
		return err
	}
	_, err = plain.Fprintf(out, "removed %s of %s; kept %d of %s, copies of %s\n", term.Counted(uint64(done.Blobs), "blob"), term.Counted(uint64(done.Bytes), "byte"),
		done.Kept, term.Counted(uint64(done.KeptBytes), "byte"), term.Counted(uint64(len(done.Unfinished)), "unfinished job"))
	for _, job := range done.Unfinished {
		plain.Fprintf(out, "unfinished: job %s\n", job)
	}
	return err
}

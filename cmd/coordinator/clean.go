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

// clean removes the data of jobs from the store of a NATS server.
func (f *flags) clean(ctx context.Context, out *os.File, errs io.Writer) error {
	if f.Listen != "" {
		return errors.New("--clean needs --nats: the server of --listen stores nothing permanently")
	}
	config := coordinator.Config{Fleet: protocol.FleetName(f.Fleet), Replicas: f.Replicas, Lease: seconds(f.Lease),
		Nats: f.nats(), Log: f.logger(errs)}
	done, err := coordinator.Clean(ctx, config, f.CleanAll)
	if err != nil {
		return err
	}
	_, err = plain.Fprintf(out, "removed %s of %s; kept %d of %s, copies of %s\n",
		term.Counted(uint64(done.Blobs), "blob"), term.Counted(uint64(done.Bytes), "byte"),
		done.Kept, term.Counted(uint64(done.KeptBytes), "byte"), term.Counted(uint64(len(done.Unfinished)), "unfinished job"))
	for _, job := range done.Unfinished {
		plain.Fprintf(out, "unfinished: job %s\n", job)
	}
	return err
}

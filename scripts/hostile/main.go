// Command hostile attacks a running fleet by hand, as scripts/chaos --neighbours does automatically.
// It connects to a NATS server without TLS.
//
//	go run ./scripts/hostile --nats URL mute           a member that sends heartbeats and never answers
//	go run ./scripts/hostile --nats URL frames         damaged frames of a member, --rate per second
//	go run ./scripts/hostile --nats URL joins          join requests, each with a new name, --count in all
//	go run ./scripts/hostile --nats URL damaged-joins  damaged join requests
//	go run ./scripts/hostile --nats URL link           a link for a worker: --late delays it, --score corrupts scores
//
// It ends after --for. With keys: --nkey nats/w1.nk --inbox _INBOX_w1 --name w1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"braid/internal/hostile"
	"braid/protocol"
	"braid/transport"
)

type options struct {
	nats  transport.Config
	fleet protocol.FleetName
	name  string
	rate  int
	count int
	late  time.Duration
	score string
	span  time.Duration
}

func main() {
	o := options{fleet: protocol.DefaultFleet}
	flag.StringVar(&o.nats.URL, "nats", "nats://127.0.0.1:4222",
		"URL of the server; it may contain a token or a user and password")
	flag.StringVar(&o.nats.NKey, "nkey", "", "file with a worker's key")
	flag.StringVar(&o.nats.Inbox, "inbox", "", "prefix of reply subjects that the key permits")
	flag.StringVar((*string)(&o.fleet), "fleet", string(o.fleet), "name of the fleet")
	flag.StringVar(&o.name, "name", "hostile", "name of the member")
	flag.IntVar(&o.rate, "rate", 20_000, "messages per second, 0: at full speed")
	flag.IntVar(&o.count, "count", 100_000, "number of join requests, 0: unlimited")
	flag.DurationVar(&o.late, "late", 0, "link: delay of all messages")
	flag.StringVar(&o.score, "score", "", "link: corrupt the worker's scores: nan or count")
	flag.DurationVar(&o.span, "for", time.Minute, "duration of the attack")
	flag.Parse()
	if err := run(o, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

func run(o options, what string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.span)
	defer cancel()
	switch what {
	case "mute":
		m, err := o.join(ctx)
		if err != nil {
			return err
		}
		defer m.Conn.Close()
		m.Mute(ctx)
		return nil
	case "frames":
		m, err := o.join(ctx)
		if err != nil {
			return err
		}
		defer m.Conn.Close()
		defer func() { fmt.Printf("reason of the coordinator: %q\n", m.Refused()) }()
		return o.flood(ctx, hostile.Frames(hostile.Damaged, o.fleet.From(m.Address), o.fleet.Up(m.Address)))
	case "joins":
		return o.flood(ctx, hostile.Joins(o.fleet, o.name, o.count))
	case "damaged-joins":
		return o.flood(ctx, hostile.Frames(hostile.Damaged, o.fleet.Join(o.name)))
	case "link":
		return o.link(ctx)
	}
	return errors.New("usage: hostile [flags] mute|frames|joins|damaged-joins|link")
}

func (o options) join(ctx context.Context) (*hostile.Member, error) {
	m, err := hostile.Join(ctx, o.nats, o.fleet, o.name)
	if err == nil {
		fmt.Println("joined as", m.Address)
	}
	return m, err
}

func (o options) flood(ctx context.Context, next func(int) (string, []byte, bool)) error {
	w, err := hostile.Dial(ctx, o.nats.URL, o.nats.NKey)
	if err != nil {
		return err
	}
	defer w.Close()
	begin := time.Now()
	sent, err := hostile.Flood(ctx, w, o.rate, next)
	fmt.Printf("%d messages in %.1f s\n", sent, time.Since(begin).Seconds())
	return err
}

// link opens a link until ctx is done. A worker connects to it as to a server.
func (o options) link(ctx context.Context) error {
	var alter func([]byte) []byte
	switch o.score {
	case "":
	case "nan":
		alter = hostile.NaNLoss
	case "count":
		alter = hostile.ImpossibleCount
	default:
		return fmt.Errorf("--score %s: nan or count", o.score)
	}
	l, err := hostile.NewLink(o.nats.URL, alter)
	if err != nil {
		return err
	}
	defer l.Close()
	l.Late(o.late)
	fmt.Println("start the worker with --nats", l.URL)
	<-ctx.Done()
	return nil
}

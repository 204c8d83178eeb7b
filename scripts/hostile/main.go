// Command hostile brings bad company to a fleet that runs: to see by hand what scripts/chaos --neighbours
// measures. It talks to a NATS server without TLS.
//
//	go run ./scripts/hostile --nats URL mute             a member that gives signs of life and never answers
//	go run ./scripts/hostile --nats URL frames           damaged frames of a member, --rate a second
//	go run ./scripts/hostile --nats URL joins            requests to join under ever new names, --count in all
//	go run ./scripts/hostile --nats URL damaged-joins    damaged requests to join
//	go run ./scripts/hostile --nats URL link             a link for a worker: --late delays it, --score lies in its scores
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
	fleet protocol.Fleet
	name  string
	rate  int
	count int
	late  time.Duration
	score string
	span  time.Duration
}

func main() {
	o := options{fleet: protocol.DefaultFleet}
	flag.StringVar(&o.nats.URL, "nats", "nats://127.0.0.1:4222", "the server; a token or a user and password may be in the URL")
	flag.StringVar(&o.nats.NKey, "nkey", "", "file of a worker's key")
	flag.StringVar(&o.nats.Inbox, "inbox", "", "prefix of reply subjects that the key allows")
	flag.StringVar((*string)(&o.fleet), "fleet", string(o.fleet), "the fleet")
	flag.StringVar(&o.name, "name", "hostile", "name of the member")
	flag.IntVar(&o.rate, "rate", 20_000, "messages a second, 0: as fast as it goes")
	flag.IntVar(&o.count, "count", 100_000, "joins, 0: without end")
	flag.DurationVar(&o.late, "late", 0, "link: by how much everything is late")
	flag.StringVar(&o.score, "score", "", "link: nan or count, what the scores of the worker say")
	flag.DurationVar(&o.span, "for", time.Minute, "how long")
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
		defer func() { fmt.Printf("the coordinator says: %q\n", m.Refused()) }()
		return o.flood(ctx, hostile.Frames(hostile.Damaged, o.fleet.From(m.Address), o.fleet.Up(m.Address)))
	case "joins":
		return o.flood(ctx, hostile.Joins(o.fleet, o.name, o.count))
	case "damaged-joins":
		return o.flood(ctx, hostile.Frames(hostile.Damaged, o.fleet.Join(o.name)))
	case "link":
		return o.link(ctx)
	}
	return errors.New("say which: mute, frames, joins, damaged-joins or link")
}

func (o options) join(ctx context.Context) (*hostile.Member, error) {
	m, err := hostile.Join(ctx, o.nats, o.fleet, o.name)
	if err == nil {
		fmt.Println("let in as", m.Address)
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

// link is open until the end; a worker connects to it as to a server.
func (o options) link(ctx context.Context) error {
	var say func([]byte) []byte
	switch o.score {
	case "":
	case "nan":
		say = hostile.NaNLoss
	case "count":
		say = hostile.ImpossibleCount
	default:
		return fmt.Errorf("--score %s: nan or count", o.score)
	}
	l, err := hostile.NewLink(o.nats.URL, say)
	if err != nil {
		return err
	}
	defer l.Close()
	l.Late(o.late)
	fmt.Println("start the worker with --nats", l.URL)
	<-ctx.Done()
	return nil
}

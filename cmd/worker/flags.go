package main

import (
	"io"
	"os"
	"path/filepath"
	"time"

	"braid/internal/plain"
	"braid/protocol"
	"braid/transport"
	"braid/worker"

	"github.com/hashicorp/go-hclog"
)

type flags struct {
	Nats    string  `required:"" help:"${nats}" placeholder:"URL"`
	Threads int     `help:"${threads}" placeholder:"N"`
	Cache   string  `help:"${cache}" placeholder:"DIR"`
	Name    string  `help:"${name}" placeholder:"NAME"`
	Fleet   string  `help:"${fleet}" default:"main" placeholder:"NAME"`
	Wait    float64 `help:"${wait}" default:"60" placeholder:"SECONDS"`
	Stay    bool    `help:"${stay}"`
	Study   bool    `help:"${study}"`
	GiveUp  float64 `name:"give-up" help:"${give_up}" placeholder:"SECONDS"`
	Log     string  `help:"${log}" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL"`
	LogJSON bool    `name:"log-json" help:"${log_json}"`

	Token string `help:"${token}" env:"BRAID_TOKEN" placeholder:"TOKEN" group:"Security:"`
	Creds string `help:"${creds}" placeholder:"FILE" group:"Security:"`
	NKey  string `name:"nkey" help:"${nkey}" placeholder:"FILE" group:"Security:"`
	CA    string `name:"tls-ca" help:"${tls_ca}" placeholder:"FILE" group:"Security:"`
	Cert  string `name:"tls-cert" help:"${tls_cert}" placeholder:"FILE" group:"Security:"`
	Key   string `name:"tls-key" help:"${tls_key}" placeholder:"FILE" group:"Security:"`
	Inbox string `help:"${inbox}" placeholder:"PREFIX" group:"Security:"`
}

// config returns the worker's configuration. Log lines go to errs.
func (f *flags) config(errs io.Writer) worker.Config {
	return worker.Config{
		Nats: transport.Config{URL: f.Nats, Wait: seconds(f.Wait), Token: f.Token, Credentials: f.Creds, NKey: f.NKey,
			CA: f.CA, Cert: f.Cert, Key: f.Key, Inbox: f.Inbox},
		Fleet: protocol.FleetName(f.Fleet), Stay: f.Stay, GiveUp: seconds(f.GiveUp), Name: f.Name, Threads: f.Threads,
		Cache: f.cache(),
		Log: hclog.New(&hclog.LoggerOptions{Name: "worker", Level: hclog.LevelFromString(f.Log), Output: plain.Records(errs),
			JSONFormat: f.LogJSON}),
	}
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// cache returns the cache directory; "" for none.
func (f *flags) cache() string {
	switch f.Cache {
	case "none":
		return ""
	case "":
		dir, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		return filepath.Join(dir, "braid")
	}
	return f.Cache
}

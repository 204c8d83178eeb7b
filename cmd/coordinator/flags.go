package main

import (
	"io"
	"time"

	"braid/internal/plain"
	"braid/transport"

	"github.com/hashicorp/go-hclog"
)

type flags struct {
	Job      string   `help:"${job}" placeholder:"JOB.yaml"`
	Study    string   `help:"${study}" placeholder:"DIR"`
	Out      string   `help:"${out}" placeholder:"DIR"`
	Nats     string   `help:"${nats}" placeholder:"URL" xor:"nats" required:""`
	Listen   string   `help:"${listen}" placeholder:"ADDR" xor:"nats" required:""`
	Set      []string `help:"${set}" placeholder:"KEY=VALUE" sep:"none"`
	Resume   bool     `help:"${resume}"`
	Threads  int      `help:"${threads}" placeholder:"N"`
	Metrics  string   `help:"${metrics}" placeholder:"ADDR"`
	Fleet    string   `help:"${fleet}" default:"main" placeholder:"NAME"`
	Replicas int      `help:"${replicas}" placeholder:"N"`
	Lease    float64  `help:"${lease}" placeholder:"SECONDS"`
	Wait     float64  `help:"${wait}" default:"5" placeholder:"SECONDS"`
	Log      string   `help:"${log}" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL"`
	LogJSON  bool     `name:"log-json" help:"${log_json}"`

	Clean    bool `help:"${clean}" group:"Cleaning:"`
	CleanAll bool `name:"clean-all" help:"${clean_all}" group:"Cleaning:"`

	Token string `help:"${token}" env:"BRAID_TOKEN" placeholder:"TOKEN" group:"Security:"`
	Creds string `help:"${creds}" placeholder:"FILE" group:"Security:"`
	NKey  string `name:"nkey" help:"${nkey}" placeholder:"FILE" group:"Security:"`
	CA    string `name:"tls-ca" help:"${tls_ca}" placeholder:"FILE" group:"Security:"`
	Cert  string `name:"tls-cert" help:"${tls_cert}" placeholder:"FILE" group:"Security:"`
	Key   string `name:"tls-key" help:"${tls_key}" placeholder:"FILE" group:"Security:"`
	Conf  string `name:"listen-conf" help:"${listen_conf}" placeholder:"FILE" group:"Security:"`
	LCert string `name:"listen-tls-cert" help:"${listen_tls_cert}" placeholder:"FILE" group:"Security:"`
	LKey  string `name:"listen-tls-key" help:"${listen_tls_key}" placeholder:"FILE" group:"Security:"`
	Inbox string `help:"${inbox}" placeholder:"PREFIX" group:"Security:"`
}

func (f *flags) nats() transport.Config {
	return transport.Config{URL: f.Nats, Wait: seconds(f.Wait), Token: f.Token, Credentials: f.Creds,
		NKey: f.NKey, CA: f.CA, Cert: f.Cert, Key: f.Key, Inbox: f.Inbox}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (f *flags) logger(w io.Writer) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: "coordinator", Level: hclog.LevelFromString(f.Log),
		Output:     plain.Records(w),
		JSONFormat: f.LogJSON})
}

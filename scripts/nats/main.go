package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"braid/protocol"

	"github.com/nats-io/nkeys"
)

// settings holds the values of the flags.
type settings struct {
	dir, listen string
	fleet       protocol.FleetName
	workers     []string
	studies     bool     // workers may train whole runs
	tls         []string // names and addresses of the server; empty: no TLS
}

func main() {
	dir := flag.String("dir", "nats", "directory to write; it must not exist")
	fleet := flag.String("fleet", string(protocol.DefaultFleet), "name of the fleet")
	workers := flag.String("workers", "w1,w2,w3,w4", "names of the workers")
	listen := flag.String("listen", "0.0.0.0:4222", "address of the server")
	studies := flag.Bool("studies", false, "permit coordinator --study and worker --study; workers may then write blobs")
	tls := flag.String("tls", "", "names and addresses of the server for its certificate; empty: no TLS")
	flag.Parse()
	s := settings{dir: *dir, listen: *listen, fleet: protocol.FleetName(*fleet), workers: strings.Split(*workers, ","),
		studies: *studies}
	if *tls != "" {
		s.tls = strings.Split(*tls, ",")
	}
	if err := write(s); err != nil {
		fmt.Fprintln(os.Stderr, "nats:", err)
		os.Exit(1)
	}
	fmt.Printf("%s/server.conf, and a key for coordinator, %s\n", s.dir, strings.Join(s.workers, ", "))
}

// write creates the directory with server.conf, one seed per user (mode 0600), and certificates if
// s.tls is not empty.
func write(s settings) error {
	if err := protocol.CheckName("fleet", string(s.fleet)); err != nil {
		return err
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return err
	}
	var users strings.Builder
	coordinator := coordinatorMay(s.fleet)
	for _, w := range s.workers {
		if err := protocol.CheckName("worker", w); err != nil {
			return err
		}
		if w == "coordinator" {
			return fmt.Errorf("a worker cannot be called coordinator: that key is the leader's")
		}
		may := workerMay(s.fleet, w)
		if s.studies {
			allowStudies(s.fleet, w, &coordinator, &may)
		}
		if err := writeUser(&users, s.dir, w, may); err != nil {
			return err
		}
	}
	if err := writeUser(&users, s.dir, "coordinator", coordinator); err != nil {
		return err
	}
	var secure string
	if len(s.tls) > 0 {
		if err := writeCertificates(s.dir, s.tls); err != nil {
			return err
		}
		secure = "tls {\n  cert_file: \"server.pem\"\n  key_file: \"server.key\"\n  timeout: 5\n}\n"
	}
	conf := fmt.Sprintf(`# Written by scripts/nats. Run in this directory: nats-server -c server.conf
listen: %q
max_payload: 1MB
# Detect a frozen or disconnected peer within seconds instead of minutes.
ping_interval: "2s"
ping_max: 2
jetstream {
  store_dir: "jetstream"
  max_file_store: 10GB
}
%sauthorization {
  users: [
%s  ]
}
`, s.listen, secure, users.String())
	return os.WriteFile(filepath.Join(s.dir, "server.conf"), []byte(conf), 0o600)
}

// writeUser creates a user's key, writes its seed to NAME.nk and appends the user to conf.
func writeUser(conf *strings.Builder, dir, name string, may permissions) error {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return err
	}
	seed, err := pair.Seed()
	if err != nil {
		return err
	}
	fmt.Fprintf(conf, "    { # %s\n      nkey: %s\n      permissions: {\n"+
		"        publish: { allow: %s }\n        subscribe: { allow: %s }\n      }\n    }\n",
		name, public, list(may.publish), list(may.subscribe))
	return os.WriteFile(filepath.Join(dir, name+".nk"), append(seed, '\n'), 0o600)
}

// list formats subjects for the configuration.
func list(subjects []string) string {
	quoted := make([]string, len(subjects))
	for i, s := range subjects {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

package coordinator

import (
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// Bounds of the metrics server. A client that is slow, or opens many connections, does not delay the training,
// and delays other clients by at most metricsRead.
const (
	metricsConnections = 64 // served concurrently; more wait in the kernel's queue
	metricsRequests    = 4  // answered concurrently; more get 503
	metricsRead        = 2 * time.Second
	metricsWrite       = 10 * time.Second
	metricsIdle        = 30 * time.Second // longer than the usual scrape interval
	metricsHeader      = 16 << 10         // bytes
)

// serveMetrics answers Prometheus at an address until the returned function is called.
func serveMetrics(address string, w *workers) (stop func(), err error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{w}, collectors.NewGoCollector())
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: metricsRequests}))
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return serve(l, mux), nil
}

// serve answers HTTP within the bounds until the returned function is called.
func serve(l net.Listener, h http.Handler) (stop func()) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: metricsRead, ReadTimeout: metricsRead, WriteTimeout: metricsWrite,
		IdleTimeout: metricsIdle, MaxHeaderBytes: metricsHeader}
	go s.Serve(netutil.LimitListener(l, metricsConnections)) //nolint:errcheck // ends with Close
	return func() { s.Close() }
}

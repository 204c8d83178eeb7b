// Package hostile is bad company for a fleet: workers that join and never answer, floods of broken
// frames and of joins, and links behind which an honest worker lies or is late. In goes where a NATS
// server is; out come messages that no program of ours sends. For tests and scripts/hostile.
package hostile

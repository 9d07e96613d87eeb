package main

import (
	"crypto/ecdsa"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/golang-jwt/jwt"
	"github.com/gomodule/redigo/redis"
)

// configure reads what is the same for all peers; keys are parsed once.
func configure() *server {
	s := &server{
		accounts:   readAccounts(),
		privateKey: must(jwt.ParseECPrivateKeyFromPEM(read("PRIVATE_KEY"))),
		parser:     &jwt.Parser{ValidMethods: []string{"ES256"}},
		issuer:     os.Getenv("ISSUER"),
		audience:   os.Getenv("AUDIENCE"),
	}
	var publicKey *ecdsa.PublicKey = must(jwt.ParseECPublicKeyFromPEM(read("PUBLIC_KEY")))
	s.keyOf = func(*jwt.Token) (interface{}, error) { return publicKey, nil }
	url := os.Getenv("REDIS_URL")
	s.redis = &redis.Pool{
		// As many as requests at once: a connection is never dialled anew under load.
		MaxIdle: 256,
		Dial: func() (redis.Conn, error) {
			return redis.DialURL(url, redis.DialConnectTimeout(time.Second))
		},
	}
	return s
}

func readAccounts() map[string]account {
	var list []account
	if err := json.Unmarshal(read("ACCOUNTS"), &list); err != nil {
		log.Fatal(err)
	}
	byName := make(map[string]account, len(list))
	for _, one := range list {
		byName[one.Username] = one
	}
	return byName
}

// read gives the file that an environment variable names.
func read(variable string) []byte { return must(os.ReadFile(os.Getenv(variable))) }

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

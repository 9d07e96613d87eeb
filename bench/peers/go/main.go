// The recipe as a Go team writes it: net/http, golang-jwt, redigo.
//
// Settings come from the environment, the same for all peers (bench/README.md). THREADS is
// GOMAXPROCS.
package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt"
	"github.com/gomodule/redigo/redis"
)

const (
	accessLife  = 15 * time.Minute
	refreshLife = 14 * 24 * time.Hour
)

type account struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Hash     string `json:"hash"`
}

type server struct {
	redis      *redis.Pool
	accounts   map[string]account
	privateKey *ecdsa.PrivateKey
	parser     *jwt.Parser
	keyOf      jwt.Keyfunc
	issuer     string
	audience   string
}

type tokens struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
}

var errRefused = errors.New("refused")

// authenticate answers errRefused for a bearer token that is not good, or blacklisted.
func (s *server) authenticate(request *http.Request) (*jwt.RegisteredClaims, error) {
	header := request.Header.Get("Authorization")
	if !strings.HasPrefix(header, "Bearer ") {
		return nil, errRefused
	}
	var claims jwt.RegisteredClaims
	if _, err := s.parser.ParseWithClaims(header[len("Bearer "):], &claims, s.keyOf); err != nil {
		return nil, errRefused
	}
	if !claims.VerifyIssuer(s.issuer, true) || !claims.VerifyAudience(s.audience, true) ||
		claims.ExpiresAt == nil || claims.ID == "" || claims.Subject == "" {
		return nil, errRefused
	}
	connection := s.redis.Get()
	defer connection.Close()
	revoked, err := connection.Do("GET", "blacklist:jti:"+claims.ID)
	if err != nil {
		return nil, err
	}
	if revoked != nil {
		return nil, errRefused
	}
	return &claims, nil
}

func (s *server) issue(connection redis.Conn, userID string) (*tokens, error) {
	now := time.Now()
	access, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{
		Issuer: s.issuer, Subject: userID, Audience: jwt.ClaimStrings{s.audience}, ID: uuid(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(accessLife)),
	}).SignedString(s.privateKey)
	if err != nil {
		return nil, err
	}
	refresh := base64.RawURLEncoding.EncodeToString(random(32))
	_, err = connection.Do("SET", "refresh_token:"+refresh, userID, "EX", int(refreshLife.Seconds()))
	if err != nil {
		return nil, err
	}
	return &tokens{access, "Bearer", int(accessLife.Seconds()), refresh}, nil
}

func (s *server) check(response http.ResponseWriter, request *http.Request) {
	claims, err := s.authenticate(request)
	if err != nil {
		fail(response, err, "invalid_token")
		return
	}
	response.Header().Set("X-Auth-Subject", claims.Subject)
	response.Header().Set("X-Auth-Expires", strconv.FormatInt(claims.ExpiresAt.Unix(), 10))
}

func (s *server) login(response http.ResponseWriter, request *http.Request) {
	var body struct{ Username, Password string }
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
		fail(response, errRefused, "invalid_credentials")
		return
	}
	account, known := s.accounts[body.Username]
	if !known || !passwordMatches(account.Hash, body.Password) {
		fail(response, errRefused, "invalid_credentials")
		return
	}
	connection := s.redis.Get()
	defer connection.Close()
	s.answerTokens(response, connection, account.ID)
}

func (s *server) refresh(response http.ResponseWriter, request *http.Request) {
	var body struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
		fail(response, errRefused, "invalid_grant")
		return
	}
	connection := s.redis.Get()
	defer connection.Close()
	userID, err := redis.String(connection.Do("GETDEL", "refresh_token:"+body.RefreshToken))
	if err == redis.ErrNil {
		err = errRefused
	}
	if err != nil {
		fail(response, err, "invalid_grant")
		return
	}
	s.answerTokens(response, connection, userID)
}

func (s *server) logout(response http.ResponseWriter, request *http.Request) {
	claims, err := s.authenticate(request)
	if err != nil {
		fail(response, err, "invalid_token")
		return
	}
	left := int(time.Until(claims.ExpiresAt.Time).Seconds()) + 1
	connection := s.redis.Get()
	defer connection.Close()
	if _, err := connection.Do("SET", "blacklist:jti:"+claims.ID, 1, "EX", left); err != nil {
		fail(response, err, "")
		return
	}
	response.WriteHeader(http.StatusNoContent)
}

func (s *server) answerTokens(response http.ResponseWriter, connection redis.Conn, userID string) {
	issued, err := s.issue(connection, userID)
	if err != nil {
		fail(response, err, "")
		return
	}
	response.Header().Set("Content-Type", "application/json")
	json.NewEncoder(response).Encode(issued)
}

func fail(response http.ResponseWriter, err error, code string) {
	if err == errRefused {
		response.Header().Set("Content-Type", "application/json")
		response.WriteHeader(http.StatusUnauthorized)
		json.NewEncoder(response).Encode(map[string]string{"error": code})
		return
	}
	log.Print(err)
	http.Error(response, "unavailable", http.StatusServiceUnavailable)
}

func random(count int) []byte {
	bytes := make([]byte, count)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return bytes
}

// only allows one HTTP method, as ServeMux itself cannot yet.
func only(method string, handler http.HandlerFunc) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		if request.Method != method {
			http.Error(response, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		handler(response, request)
	}
}

func main() {
	threads, _ := strconv.Atoi(os.Getenv("THREADS"))
	runtime.GOMAXPROCS(threads)
	s := configure()
	http.HandleFunc("/v1/check", only("GET", s.check))
	http.HandleFunc("/v1/login", only("POST", s.login))
	http.HandleFunc("/v1/refresh", only("POST", s.refresh))
	http.HandleFunc("/v1/logout", only("POST", s.logout))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

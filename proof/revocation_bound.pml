/* The bound on revocation: verifiers, Redis, the network between them, a clock, and a check.
 *
 * Claimed (docs/revocation-bound.md): a revocation that Redis has executed at T is honoured by every check that begins at or
 * after T + STALENESS, whatever fails (`dead_everywhere`), and by every question that is asked after T (`asked_after`). Each
 * mechanism can be taken out by a -D flag, and then one of the two must fail. `claims` has the table, scripts/prove runs it.
 *
 * How to read it. Every step of every process is one d_step: one command executed by Redis, one message read by an I/O
 * thread, one load of a check. Where a step holds more than one thing that others could see apart, a comment says why nobody
 * gains by seeing them so. Between any two steps anything may take any time: that is the slow network, the stalled verifier
 * and the check that was descheduled in its middle. Nothing is fair and nothing has to happen. Where the model is not the
 * program, it allows more than the program does.
 */

/* How large. One verifier and one token, if nothing else is said. */
#ifdef TWO_BY_TWO
#define VERIFIERS 2
#define TOKENS 2
#define LOSSES 1
#define HEARTBEATS 2
#define QUESTIONS 2
#endif
#ifndef VERIFIERS
#define VERIFIERS 1
#endif
#ifndef TOKENS
#define TOKENS 1
#endif
#ifndef STALENESS
#define STALENESS 1   /* max_staleness in ticks. One is enough: README.md */
#endif
#ifndef LAST
#define LAST 1        /* where the clock ends */
#endif

/* How often in all something may happen, for models that would be too large otherwise. ANY: as often as it likes. */
#define ANY 255
#ifndef LOSSES
#define LOSSES ANY
#endif
#ifndef HEARTBEATS
#define HEARTBEATS ANY
#endif
#ifndef QUESTIONS
#define QUESTIONS ANY
#endif

/* SMALLER: verifiers begin connected, the check that is watched is of token 0 at verifier 0 (all are alike), and requests take
   no time to Redis (see WORTH_SENDING). */

#define NEVER 255
#define LAST_TOKEN (TOKENS - 1)
#define LAST_VERIFIER (VERIFIERS - 1)

/* One option of a loop for each token. */
#if TOKENS == 1
#define EACH_TOKEN(option) option(0)
#else
#define EACH_TOKEN(option) option(0) option(1)
#endif

/* ---------------------------------------------------------------- time */

byte now = 0;
#ifdef CLOCK_STOPS
byte missed = 0;      /* ticks that verifiers' clocks have missed while their machines slept */
#define CLOCK (now - missed)
#else
#define CLOCK now     /* CLOCK_BOOTTIME goes on whoever sleeps. All run at one rate: the 1 % is in the text */
#endif

/* ---------------------------------------------------------------- Redis, and what is on its way */

byte revoked_at[TOKENS] = NEVER;  /* T: Redis executed it, the earliest moment at which anybody can have been told */
bool all_revoked = false;         /* the one flush, `blacklist:all` or change of the policy has been */

typedef Connection {              /* of one verifier, seen from Redis */
#ifdef SMALLER
  bool tracking = true;
#else
  bool tracking;                  /* has executed CLIENT TRACKING */
#endif
  bool due[TOKENS];               /* pushes that this iteration of the event loop owes it */
  bool due_all;
  bool beaten;                    /* a round of the heartbeat was executed in this iteration, after a write */
  bool track_sent;                /* requests that Redis has not executed */
  bool round_sent;
}
Connection connection[VERIFIERS];

/* What Redis has said and the I/O thread has not read, in order. At most: OK, PONG, ALL, and of each token a push and an
   answer (twice that where the answers of a lost connection stay). */
mtype = { OK, PONG, ALL, PUSH, YES, NO };
#ifdef OLD_ANSWERS
#define ROOM (2 * (3 + 2 * TOKENS))
#else
#define ROOM (3 + 2 * TOKENS)
#endif
chan stream[VERIFIERS] = [ROOM] of { mtype, byte };

/* ---------------------------------------------------------------- verifiers */

/* A stamp is only ever compared, for equality, with what was noted of it before. So there are no counters here: whatever has
   noted stamps has a bit that says whether they still stand, and a bump clears the bits of all that noted it. That is what
   counters do that never overflow (the program's have 64 bits). A token's two stamps, its key's and the global one, share the
   bit: who loads one after the other sees every bump that a load of both at the first moment would have seen. */
mtype = { DOWN, REQUESTED, ON };
mtype = { NOT_ASKED, SENT, HALF_YES, HALF_NO, ANSWERED };
typedef Question {                /* at most one of a token at a time */
  mtype is = NOT_ASKED;
  bool stands;                    /* the stamps noted before it was asked */
  bool after;                     /* asked after the revocation was executed: must not be answered YES */
}
typedef Verifier {
#ifdef SMALLER
  mtype tracking = ON;
#else
  mtype tracking = DOWN;          /* no connection; CLIENT TRACKING sent; its OK read */
#endif
  byte round;                     /* of the heartbeat that is sent and not answered: 1, 2, or 0 */
  byte sent_at;                   /* when its first was; 0 if there is none */
  byte lease;                     /* in force while the clock is below it */
  bool cached[TOKENS];            /* a stored `valid` whose stamps stand; another never counts again */
  Question question[TOKENS];
#ifdef LEASE_BEFORE_STAMPS
  bool unseen[TOKENS];            /* bumps that checks do not see yet */
#endif
}
Verifier verifier[VERIFIERS];

/* ---------------------------------------------------------------- the check that is watched */

/* One check, over and over, of any token at any verifier. Checks only read, and what they have asked may be asked at any
   time here, so one at a time sees what any number could. It is followed only if it begins late, at or after T + STALENESS:
   no other can break the statement. EVERY_CHECK follows all, to show what can be reached. */
mtype = { NO_CHECK, BEGUN, LEASED, FOUND, MISSED, JOINED };
mtype check = NO_CHECK;
bool late = false;                /* this and what follows is 0 while there is none */
bit at_v = 0, at_k = 0;
byte clock_read = 0;
bool found_stands = false;        /* the stamps noted in the entry that it found */

byte losses = 0, heartbeats = 0, questions = 0;  /* spent of LOSSES, HEARTBEATS, QUESTIONS */
byte i = 0, j = 0;                /* of loops; 0 between steps */

#define OWED(v) (connection[v].due_all || connection[v].due[0] || connection[v].due[LAST_TOKEN])
#define LATE(k) (revoked_at[k] != NEVER && now >= revoked_at[k] + STALENESS)
#ifdef EVERY_CHECK
#define FOLLOWED(k) true
#else
#define FOLLOWED(k) LATE(k)
#endif

/* The two statements, made where `valid` is about to be answered. */
#ifdef ASKED_AFTER_ONLY
inline dead_everywhere() { skip }
#else
inline dead_everywhere() { assert(!late) }
#endif
inline asked_after(v, k) { assert(!verifier[v].question[k].after) }

/* -DREACH=n: can point n be reached? The "error" is the answer yes. */
#ifndef REACH
#define REACH 0
#endif
inline reached(point, condition) { assert(!(REACH == point && (condition))) }

inline end_check() { check = NO_CHECK; late = false; at_v = 0; at_k = 0; clock_read = 0; found_stands = false }

/* ---------------------------------------------------------------- stamps */

inline show_bump(v, k) {
  verifier[v].cached[k] = false;
  if
  :: at_v == v && at_k == k -> found_stands = false
  :: else
  fi
}

inline bump(v, k) {
  verifier[v].question[k].stands = false;
#ifdef LEASE_BEFORE_STAMPS
  verifier[v].unseen[k] = true
#else
  show_bump(v, k)
#endif
}

inline bump_all(v) {
  for (i : 0 .. LAST_TOKEN) { bump(v, i) }
  i = 0
}

/* ---------------------------------------------------------------- Redis executes commands */

/* One thread, so a command is one step. Its reply is queued at once, pushes at the end of the iteration; what is queued is
   read in that order, at any time. Requests of a connection may be executed in any order here, which TCP would not do. */

/* A connection is read once an iteration: what is sent on an answer that left in this iteration is executed in a later one.
   That matters only while a push is owed, so `beaten` is not set otherwise. */
inline execute_round(v) {
  connection[v].round_sent = false;
#ifndef READ_TWICE
  connection[v].beaten = OWED(v);
#endif
  stream[v]!PONG,0
}

inline execute_tracking(v) {
  connection[v].track_sent = false;
  connection[v].tracking = true;
  stream[v]!OK,0
}

/* A question is several commands (a GET a key), and pushes may be queued between its first reply and its last. So it takes
   two steps: in the first the revocation is looked for, with the second the answer is whole. (Where the last command is the
   one that looks for it, the first step comes just before.) */
inline execute_first_half(v, k) {
  if
  :: revoked_at[k] == NEVER -> verifier[v].question[k].is = HALF_YES
  :: else -> verifier[v].question[k].is = HALF_NO
  fi
}

inline execute_second_half(v, k) {
  if
  :: verifier[v].question[k].is == HALF_YES -> stream[v]!YES,k
  :: else -> stream[v]!NO,k
  fi;
  verifier[v].question[k].is = ANSWERED
}

#define EXECUTING(k) \
  :: d_step { verifier[v].question[k].is == SENT -> execute_first_half(v, k) } \
  :: d_step { verifier[v].question[k].is == HALF_YES || verifier[v].question[k].is == HALF_NO -> execute_second_half(v, k) }

#define v _pid                    /* these processes are the first */
active [VERIFIERS] proctype Commands() {
end:
  do
  :: d_step { connection[v].track_sent -> execute_tracking(v) }
  :: d_step { connection[v].round_sent && !connection[v].beaten -> execute_round(v) }
  EACH_TOKEN(EXECUTING)
  od
}
#undef v

/* ---------------------------------------------------------------- the I/O thread of a verifier */

#ifdef ROUNDS_BEFORE_TRACKING
#define MAY_BEAT (verifier[v].tracking != DOWN)
#else
#define MAY_BEAT (verifier[v].tracking == ON)
#endif
#ifdef QUESTIONS_BEFORE_TRACKING
#define MAY_ASK (verifier[v].tracking != DOWN)
#else
#define MAY_ASK (verifier[v].tracking == ON)
#endif

inline connect(v) {
  verifier[v].tracking = REQUESTED;
  connection[v].track_sent = true;
#ifdef SMALLER
  execute_tracking(v)
#endif
}

inline hear_tracking(v) {
  verifier[v].tracking = ON;
#ifdef HEARTBEAT_KEPT
  connection[v].round_sent = connection[v].round_sent || verifier[v].round > 0;
#endif
#ifndef NO_BUMP_ON_OK
  bump_all(v)
#endif
}

inline start_heartbeat(v) {
#if HEARTBEATS < ANY
  heartbeats++;
#endif
  verifier[v].round = 1;
  verifier[v].sent_at = CLOCK;
  connection[v].round_sent = true;
#ifdef SMALLER
  execute_round(v)
#endif
}

/* The first round's answer sends the second, the second's grants the lease: from the sending of the first. */
inline hear_round(v) {
  if
#ifndef ONE_ROUND
  :: verifier[v].round == 1 ->
     verifier[v].round = 2;
     connection[v].round_sent = true;
#ifdef LEASE_FROM_SECOND
     verifier[v].sent_at = CLOCK
#endif
  :: verifier[v].round == 2 ->
#else
  :: verifier[v].round == 1 ->
#endif
#ifdef LEASE_FROM_RECEIPT
     verifier[v].sent_at = CLOCK;
#endif
     verifier[v].lease = verifier[v].sent_at + STALENESS;
     verifier[v].round = 0; verifier[v].sent_at = 0;
     reached(5, losses > 0)
  :: verifier[v].round == 0       /* only with OLD_ANSWERS */
  fi
}

/* Any check may have its token asked for at any time. `after` judges the one that began last, at this moment. */
inline ask(v, k) {
#if QUESTIONS < ANY
  questions++;
#endif
  verifier[v].question[k].is = SENT;
  verifier[v].question[k].stands = true;
  verifier[v].question[k].after = (revoked_at[k] != NEVER);
#ifdef SMALLER
  execute_first_half(v, k)
#endif
}

inline forget_question(v, k) {
  verifier[v].question[k].is = NOT_ASKED;
  verifier[v].question[k].stands = false;
  verifier[v].question[k].after = false
}

#ifdef JOIN_THOUGH_MOVED
#define JOIN_COUNTS true
#else
#define JOIN_COUNTS verifier[v].question[k].stands
#endif

/* An answer is for the check that asked, whose begin was before the asking; for one that joined, if the stamps noted for the
   question still stand; and for the cache, on the same condition. (A NO, or a YES whose stamps have moved, would replace an
   older entry; here it leaves it there, which is laxer.) */
inline hear_answer(v, k, yes) {
#ifdef NOTED_LATE
  verifier[v].question[k].stands = true;
#endif
  if
  :: verifier[v].question[k].is == NOT_ASKED  /* only with OLD_ANSWERS */
  :: else ->
     reached(4, !yes && verifier[v].question[k].after);
     if
     :: yes -> asked_after(v, k)
     :: else
     fi;
     if
     :: check == JOINED && at_v == v && at_k == k ->
        if
        :: yes && JOIN_COUNTS -> reached(2, true); dead_everywhere()
        :: else
        fi;
        end_check()
     :: else
     fi;
     if
     :: yes && verifier[v].question[k].stands -> verifier[v].cached[k] = true
     :: else
     fi
  fi;
  forget_question(v, k)
}

/* A connection is lost when the I/O thread finds it so. What it has not read by then is gone, as is what Redis has not
   executed; what the network lost before is as good as late until then. One step for several stores: a smaller lease and a
   bumped stamp each only take verdicts away, so who sees one before the other gains nothing (`claims` shows more: all goes
   well without either of the two). */
inline lose(v) {
#if LOSSES < ANY
  losses++;
#endif
  verifier[v].tracking = DOWN;
#ifndef LEASE_KEPT
  verifier[v].lease = 0;
#endif
#ifndef NO_BUMP_ON_LOSS
  bump_all(v);
#endif
#ifndef HEARTBEAT_KEPT
  verifier[v].round = 0; verifier[v].sent_at = 0;
#endif
  connection[v].tracking = false;
  connection[v].due_all = false; connection[v].beaten = false;
  connection[v].track_sent = false; connection[v].round_sent = false;
  for (i : 0 .. LAST_TOKEN) { forget_question(v, i); connection[v].due[i] = false }
  i = 0;
  if
  :: check == JOINED && at_v == v -> end_check()  /* unavailable */
  :: else
  fi;
#ifndef OLD_ANSWERS
  do
  :: nempty(stream[v]) -> stream[v]?heard,about
  :: empty(stream[v]) -> break
  od;
  heard = 0; about = 0
#endif
}

/* With SMALLER a request is executed as it is sent: one that is executed later may as well be sent later. Whoever wants a check
   to be wrong loses nothing by that, for the lease is then counted from later, stamps are noted later, and more checks have
   begun before the asking. (A first round, that is: the second is sent by the answer to the first, and must wait.) A
   heartbeat that starts at 0 is left out: its lease has ended when anything can be late. */
#ifdef SMALLER
#define WORTH_SENDING (now > 0 && !connection[v].beaten)
#else
#define WORTH_SENDING true
#endif

#define ASKING(k) \
  :: d_step { MAY_ASK && verifier[v].question[k].is == NOT_ASKED && questions < QUESTIONS -> ask(v, k) }

#define v (_pid - VERIFIERS)      /* these processes are the second */
active [VERIFIERS] proctype IoThread() {
  mtype heard = 0;                /* 0 between steps, as the next */
  byte about = 0;
end:
  do
  :: d_step { verifier[v].tracking == DOWN -> connect(v) }
  :: d_step { verifier[v].tracking != DOWN && losses < LOSSES -> lose(v) }
  :: d_step { MAY_BEAT && verifier[v].round == 0 && heartbeats < HEARTBEATS && WORTH_SENDING -> start_heartbeat(v) }
  EACH_TOKEN(ASKING)
  :: d_step { nempty(stream[v]) ->
       stream[v]?heard,about;
       if
       :: heard == OK -> hear_tracking(v)
       :: heard == PONG -> hear_round(v)
       :: heard == PUSH ->
#ifndef PUSH_IGNORED
          bump(v, about)
#endif
       :: heard == ALL ->
#ifndef ALL_IGNORED
          bump_all(v)
#endif
       :: heard == YES -> hear_answer(v, about, true)
       :: heard == NO -> hear_answer(v, about, false)
       fi;
       heard = 0; about = 0 }
#ifdef LEASE_BEFORE_STAMPS
  :: d_step { verifier[v].unseen[0] -> verifier[v].unseen[0] = false; show_bump(v, 0) }
#endif
  od
}
#undef v

/* ---------------------------------------------------------------- revocations, and time */

/* A revocation. Whoever wrote it may be told at once, in the middle of the iteration, so T is this moment (a later T would
   claim less). A push is owed to those who track by now. */
inline revoke(k) {
  revoked_at[k] = now;
  for (i : 0 .. LAST_VERIFIER) { connection[i].due[k] = connection[i].tracking }
  i = 0
}

/* Of everything: FLUSHALL (the sessions are gone), blacklist:all, another policy. FLUSHALL's null push is queued at once;
   here it too may wait for the end of the iteration. */
inline revoke_all() {
  all_revoked = true;
  for (i : 0 .. LAST_TOKEN) {
    if
    :: revoked_at[i] == NEVER -> revoked_at[i] = now
    :: else
    fi
  }
  for (i : 0 .. LAST_VERIFIER) { connection[i].due_all = connection[i].tracking }
  i = 0
}

inline end_iteration() {
  for (i : 0 .. LAST_VERIFIER) {
    for (j : 0 .. LAST_TOKEN) {
      if
      :: connection[i].due[j] -> connection[i].due[j] = false; stream[i]!PUSH,j
      :: else
      fi
    }
    if
    :: connection[i].due_all -> connection[i].due_all = false; stream[i]!ALL,0
    :: else
    fi;
    connection[i].beaten = false
  }
  i = 0; j = 0
}

#define REVOKING(k) \
  :: d_step { revoked_at[k] == NEVER -> revoke(k) }

active proctype World() {
end:
  do
  :: d_step { now < LAST -> now++ }
#ifdef CLOCK_STOPS
  :: d_step { now < LAST -> now++; missed++ }
#endif
  EACH_TOKEN(REVOKING)
#ifndef NONE_OF_ALL
  :: d_step { !all_revoked -> revoke_all() }
#endif
  :: d_step { OWED(0) || OWED(LAST_VERIFIER) -> end_iteration() }
  od
}

/* ---------------------------------------------------------------- the check */

#ifdef LEASE_IGNORED
#define LEASE_IN_FORCE true
#else
#define LEASE_IN_FORCE (clock_read < verifier[at_v].lease)
#endif

/* Clock, lease, entry, stamps, in this order, each a step. The clock is read as the check begins: read later it shows more,
   and a lease is the less in force. */
inline begin(v, k) {
  late = LATE(k); at_v = v; at_k = k;
  clock_read = CLOCK;
  check = BEGUN
}

/* Without a lease it asks for itself, which `ask` does whether or not it is followed. */
inline load_lease() {
  reached(3, late && LEASE_IN_FORCE);
  if
  :: LEASE_IN_FORCE -> clock_read = 0; check = LEASED
#ifdef JOIN_WITHOUT_LEASE
  :: else -> clock_read = 0; check = MISSED
#else
  :: else -> end_check()
#endif
  fi
}

inline find_entry() {
  if
  :: verifier[at_v].cached[at_k] -> found_stands = true; check = FOUND
  :: else -> check = MISSED
  fi
}

inline load_stamps() {
  if
  :: found_stands -> reached(1, true); dead_everywhere(); end_check()
  :: else -> reached(6, true); check = MISSED
  fi
}

/* What STAMPS_BEFORE_LEASE does instead of the three. */
inline find_standing_entry() {
  if
  :: verifier[at_v].cached[at_k] -> check = FOUND; clock_read = CLOCK
  :: else -> end_check()
  fi
}

inline load_lease_last() {
  if
  :: LEASE_IN_FORCE -> dead_everywhere()
  :: else
  fi;
  end_check()
}

#define BEGINNING(v, k) \
  :: d_step { check == NO_CHECK && FOLLOWED(k) -> begin(v, k) }
#define BEGINNING_AT_0(k) BEGINNING(0, k)
#define BEGINNING_AT_1(k) BEGINNING(1, k)

active proctype Check() {
end:
  do
#ifdef SMALLER
  BEGINNING(0, 0)
#else
  EACH_TOKEN(BEGINNING_AT_0)
#endif
#if VERIFIERS > 1 && !defined(SMALLER)
  EACH_TOKEN(BEGINNING_AT_1)
#endif
#ifdef STAMPS_BEFORE_LEASE
  :: d_step { check == BEGUN -> find_standing_entry() }
  :: d_step { check == FOUND -> load_lease_last() }
#else
  :: d_step { check == BEGUN -> load_lease() }
  :: d_step { check == LEASED -> find_entry() }
  :: d_step { check == FOUND -> load_stamps() }
#endif
  /* It joins a question of its token that is pending, or asks. */
  :: d_step { check == MISSED && verifier[at_v].question[at_k].is != NOT_ASKED -> check = JOINED }
  :: d_step { check == MISSED -> end_check() }
  od
}

// SPDX-License-Identifier: Apache-2.0
#include "apart.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "batch.h"
#include "files.h"
#include "identity.h"
#include "bounds.h"

#define STACK_SIZE (512 * 1024)

// A request on its way. Space and thread stay for the next one: to start a thread takes longer than most requests do.
struct job {
    bool used;
    bool has_thread;
    sem_t begin; // posted when there is a request for the thread
    struct reply reply;
    struct payload payload;
    uint8_t *request_space;
    uint8_t *answer_space;
    struct context context;
    struct answer answer;
    outcome came;
};

static struct job jobs[MAX_APART];
static size_t running;
static int ends[2] = {-1, -1}; // a pipe: each thread writes the number of its job at its end

int apart_file(void)
{
    if (ends[0] < 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
        files_add(ends[0], FILE_PRIVATE);
        files_add(ends[1], FILE_PRIVATE);
    }
    return ends[0];
}

size_t apart_running(void)
{
    return running;
}

static void carry_out(struct job *job)
{
    if (job->reply.kind == REQUEST_BATCH) {
        struct batch batch;
        job->came = batch_start(&batch, &job->context, job->payload, job->answer);
        if (job->came == ANSWERED)
            job->came = batch_run(&batch, &job->context);
        job->answer = batch.answer;
    } else {
        job->came = request_type(job->reply.kind)->handler(&job->context, &job->payload, &job->answer);
    }
}

static _Noreturn void *run(void *argument)
{
    struct job *job = argument;
    for (;;) {
        while (sem_wait(&job->begin) != 0)
            ;
        carry_out(job);
        // The pipe has room for every job's byte, and the write orders what was stored before it.
        uint8_t number = (uint8_t)(job - jobs);
        ssize_t written = write(ends[1], &number, 1);
        (void)written;
    }
}

static bool has_space(struct job *job)
{
    if (job->request_space == NULL)
        job->request_space = malloc(PAYLOAD_LIMIT);
    if (job->answer_space == NULL)
        job->answer_space = malloc(PAYLOAD_LIMIT);
    if (job->context.guard.start == NULL && !guard_init(&job->context.guard))
        return false;
    return job->request_space != NULL && job->answer_space != NULL && apart_file() >= 0;
}

static bool has_thread(struct job *job)
{
    if (job->has_thread)
        return true;
    if (sem_init(&job->begin, 0, 0) != 0)
        return false;
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    job->has_thread = pthread_create(&thread, &attributes, run, job) == 0;
    pthread_attr_destroy(&attributes);
    return job->has_thread;
}

outcome apart_start(struct context *context, const struct frame *frame)
{
    struct job *job = jobs;
    while (job < jobs + MAX_APART && job->used)
        job++;
    if (job == jobs + MAX_APART)
        return refused(context, ERROR_TOO_MANY, "too many requests run apart");
    if (!has_space(job) || !has_thread(job))
        return refused(context, ERROR_TOO_MANY, "there is no memory, or no thread, for one more request that runs apart");

    memcpy(job->request_space, frame->payload, frame->length);
    job->payload = (struct payload){.at = job->request_space, .left = frame->length};
    job->answer = answer_in(job->answer_space, PAYLOAD_LIMIT);
    job->reply = (struct reply){frame->id, frame->kind};
    job->used = true;
    running++;
    sem_post(&job->begin);
    return PARKED;
}

void apart_collect(void)
{
    uint8_t number;
    while (!queue_is_full(&agent.output) && read(ends[0], &number, 1) == 1) {
        struct job *job = &jobs[number];
        if (job->came == ANSWERED)
            agent_answer(job->reply, &job->answer);
        else
            agent_error(job->reply.id, this_process, (enum frame_error)job->came, job->context.why);
        job->used = false;
        running--;
    }
}

void apart_forget(void)
{
    for (size_t i = 0; i < MAX_APART; i++)
        jobs[i].used = jobs[i].has_thread = false;
    running = 0;
    ends[0] = ends[1] = -1;
}

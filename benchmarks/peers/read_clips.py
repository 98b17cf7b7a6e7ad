#!/usr/bin/python3
"""Processor time per clip of PyAV and of OpenCV on the clips that `avion bench decode --requests FILE` wrote.

Usage: read_clips.py REQUESTS [ROUNDS]     needs: python3-av, python3-opencv
One thread each. PyAV seeks to the keyframe before the first frame and decodes up to the last; OpenCV positions by frame number and grabs
up to the last, or, as most loaders do, calls read() for every frame from the first to the last.
Each wanted frame becomes RGB, is cropped and resized (bilinear) to 224 × 224.
"""
import resource
import statistics
import sys

import av
import cv2

SIZE = 224


def spent():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def with_pyav(path, box, frames):
    x, y, w, h = box
    out = []
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        start = stream.start_time or 0
        ticks = [start + round(f / stream.average_rate / stream.time_base) for f in frames]
        half = 0.5 / stream.average_rate / stream.time_base
        container.seek(ticks[0], stream=stream, backward=True)
        wanted = 0
        for frame in container.decode(stream):
            if frame.pts >= ticks[wanted] - half:
                picture = frame.to_ndarray(format="rgb24")
                out.append(cv2.resize(picture[y:y + h, x:x + w], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR))
                wanted += 1
                if wanted == len(ticks):
                    break
    assert len(out) == len(frames), (path, frames, len(out))
    return out


def with_opencv(path, box, frames):
    x, y, w, h = box
    out = []
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    capture.set(cv2.CAP_PROP_POS_FRAMES, frames[0])
    position = frames[0]
    for frame in frames:
        while position <= frame:
            assert capture.grab()
            position += 1
        picture = cv2.cvtColor(capture.retrieve()[1], cv2.COLOR_BGR2RGB)
        out.append(cv2.resize(picture[y:y + h, x:x + w], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR))
    capture.release()
    return out


def with_opencv_read(path, box, frames):
    x, y, w, h = box
    out = []
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    capture.set(cv2.CAP_PROP_POS_FRAMES, frames[0])
    for position in range(frames[0], frames[-1] + 1):
        good, picture = capture.read()
        assert good
        if position == frames[len(out)]:
            out.append(cv2.resize(cv2.cvtColor(picture[y:y + h, x:x + w], cv2.COLOR_BGR2RGB), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR))
    capture.release()
    return out


def main():
    cv2.setNumThreads(1)
    clips = []
    for line in open(sys.argv[1]):
        path, x, y, w, h, frames = line.rstrip("\n").split("\t")
        clips.append((path, (int(x), int(y), int(w), int(h)), [int(f) for f in frames.split(",")]))
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for name, read in (("PyAV", with_pyav), ("OpenCV", with_opencv), ("OpenCV read()", with_opencv_read)):
        times = []
        for _ in range(rounds):
            before = spent()
            for clip in clips:
                read(*clip)
            times.append(1000 * (spent() - before) / len(clips))
        print(f"{name}\t{statistics.median(times):.2f} ms of processor time a clip", flush=True)


if __name__ == "__main__":
    import os
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "threads;1")
    main()

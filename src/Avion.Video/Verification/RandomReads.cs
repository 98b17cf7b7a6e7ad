namespace Avion.Video;

/// <summary>
/// Reads some frames of a video alone, in random order, as training does, and compares each with what the pass from front to back gave: a
/// place at which decoding was believed to begin and does not, an index that names another picture, a packet that is not what it seems.
/// </summary>
/// <param name="count">Frames that are read.</param>
/// <param name="seed">What the choice of frames is drawn from, with the video's name.</param>
internal sealed class RandomReads(int count, int seed)
{
    /// <summary>Reads one frame alone and gives its digest.</summary>
    public delegate ulong ReadAlone(int frame);

    /// <summary>What is wrong, or null.</summary>
    /// <param name="path">Name of the video in reports.</param>
    /// <param name="info">The video as training opens it.</param>
    /// <param name="pictures">Digest of each frame in the pass from front to back.</param>
    /// <param name="read">Reads a frame.</param>
    /// <returns>The first frame that differs or cannot be had; null when all are those of the pass.</returns>
    public Problem? Check(string path, VideoInfo info, ReadOnlySpan<ulong> pictures, ReadAlone read)
    {
        foreach (int frame in Choose(path, info, pictures.Length))
        {
            double time = info.TimestampSeconds(frame);
            try
            {
                ulong found = read(frame);
                if (found != pictures[frame])
                {
                    int shown = pictures.IndexOf(found);
                    string other = shown < 0 ? "a picture that the video does not show" : $"the picture of frame {shown}";
                    return new Problem(path, ProblemKind.WrongPicture,
                        $"frame {frame}, read alone as training reads, is {other}; prepare or re-encode it", time);
                }
            }
            catch (VideoException exception) when (Problem.IsOfOneFile(exception))
            {
                Problem problem = Problem.Of(path, exception);
                return problem with
                {
                    Detail = $"frame {frame} cannot be read alone, as training reads, though it can from the start on. {problem.Detail}",
                    TimeSeconds = time,
                };
            }
        }

        return null;
    }

    /// <summary>
    /// Half of the frames are drawn evenly; the others lie around later places at which decoding may begin: the frames that are shown
    /// before such a place and stored behind it are what goes wrong most rarely and is seen least.
    /// </summary>
    private IEnumerable<int> Choose(string path, VideoInfo info, int pictures)
    {
        const int before = 3;
        const int after = 1;
        int frames = Math.Min(info.FrameCount, pictures);
        Random random = new((int)(IndexFile.HashOf(path) ^ (ulong)seed) & int.MaxValue);
        int[] starts = [.. Enumerable.Range(1, Math.Max(0, frames - 1)).Where(info.IsKeyframe)];
        for (int number = 0; number < count && frames > 0; number++)
        {
            bool isNearStart = number % 2 == 1 && starts.Length > 0;
            int frame = isNearStart
                ? starts[random.Next(starts.Length)] + random.Next(-before, after + 1)
                : random.Next(frames);
            yield return Math.Clamp(frame, 0, frames - 1);
        }
    }
}

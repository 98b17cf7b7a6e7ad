namespace Avion.Video;

/// <summary>Fetches the samples of a file in decoding order, one run after another. One object per reader, reused
/// from file to file.</summary>
internal abstract unsafe class PacketSource : IDisposable
{
    /// <summary>Makes a file the one that is read.</summary>
    public abstract void Open(VideoInfo info);

    /// <summary>Positions at a keyframe; <see cref="MoveNext"/> then gives the samples from <paramref name="first"/> to
    /// <paramref name="last"/>.</summary>
    public abstract void StartRun(int first, int last, in Deadline deadline);

    /// <summary>Goes to the next sample of the run; false after the last.</summary>
    public abstract bool MoveNext();

    /// <summary>Number of the current sample.</summary>
    public abstract int Sample { get; }

    /// <summary>Bytes of the current sample; valid until the next move.</summary>
    public abstract ReadOnlySpan<byte> Data { get; }

    /// <summary>Gives the current sample to a decoder, with its number as timestamp, by which the decoded frame is known again.</summary>
    public abstract DecodeStatus Send(VideoDecoder decoder);

    public abstract void Close();

    public abstract void Dispose();
}

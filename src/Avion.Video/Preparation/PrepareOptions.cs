namespace Avion.Video;

/// <summary>Settings of <see cref="TreePreparation"/>.</summary>
public sealed record PrepareOptions
{
    /// <summary>Raised whenever the same settings would give other chunks, so that trees made before are made anew.</summary>
    private const int RecipeVersion = 2;

    public EncodeProfile Profile { get; init; } = EncodeProfile.Fast;

    /// <summary>Length of a chunk in whole seconds.</summary>
    public int ChunkSeconds { get; init; } = 15;

    /// <summary>Pixels of the shorter side; smaller videos keep theirs, made even.</summary>
    public int ShortSide { get; init; } = 288;

    /// <summary>Rate of the chunks; a chunk must have a whole number of frames.</summary>
    public FrameRate FramesPerSecond { get; init; } = new(30);

    /// <summary>x264's constant rate factor: lower is better and larger.</summary>
    public int RateFactor { get; init; } = 23;

    /// <summary>Encoders that run at once, each with one thread.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>Keep what can be decoded of a damaged video instead of refusing it.</summary>
    public bool KeepDamaged { get; init; }

    /// <summary>Write tar shards of this many bytes instead of a chunk tree; 0 for the tree.</summary>
    public long ShardBytes { get; init; }

    /// <summary>Seconds after which an encoder that makes no progress is ended and its video reported as bad.</summary>
    public double StallSeconds { get; init; } = 300;

    /// <summary>The <c>ffmpeg</c> program; <c>ffprobe</c> is looked for beside it.</summary>
    public string FFmpegProgram { get; init; } = "ffmpeg";

    /// <summary>Frames of a whole chunk.</summary>
    public int FramesPerChunk => FramesPerSecond.FramesIn(ChunkSeconds) ?? 0;

    /// <summary>What decides the bytes of a chunk beside its source, in one line.</summary>
    public string Describe() =>
        $"recipe {RecipeVersion}, profile {Profile.Name}, crf {RateFactor}, chunks of {ChunkSeconds} s, short side {ShortSide}, "
            + $"{FramesPerSecond} frames/s" +
        (KeepDamaged ? ", damaged kept" : string.Empty);

    /// <summary>Checks that the settings go together.</summary>
    /// <exception cref="ArgumentException">They do not; the message says which and what is expected.</exception>
    public void Validate()
    {
        Require(ChunkSeconds is > 0 and <= 3600, $"A chunk lasts {ChunkSeconds} s, expected 1 to 3600.");
        Require(ShortSide is >= 16 and <= 4320 && ShortSide % 2 == 0, $"The short side is {ShortSide}, expected an even number from 16 "
            + "to 4320.");
        Require(
            FramesPerSecond.FramesIn(ChunkSeconds) is > 0,
            $"{ChunkSeconds} s at {FramesPerSecond} frames per second is no whole number of frames, so that chunks could not begin " +
            "exactly on time; choose another rate, such as 30, or another length.");
        Require(RateFactor is >= 0 and <= 51, $"The rate factor is {RateFactor}, expected 0 to 51.");
        Require(Jobs > 0, $"The number of jobs is {Jobs}, expected at least 1.");
        Require(ShardBytes >= 0, $"The size of a shard is {ShardBytes} bytes, expected at least 0.");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}

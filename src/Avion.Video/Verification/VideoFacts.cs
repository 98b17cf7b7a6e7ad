namespace Avion.Video;

/// <summary>What the tables of one video say.</summary>
/// <param name="Path">The file, or the shard and the member in it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Codec">FFmpeg's name of the codec.</param>
/// <param name="Width">Width of the upright picture.</param>
/// <param name="Height">Height of the upright picture.</param>
/// <param name="RotationDegrees">Clockwise turn that the file asks for.</param>
/// <param name="Frames">Frames that are shown.</param>
/// <param name="FramesPerSecond">Average rate.</param>
/// <param name="IsVariableRate">Whether the distances between frames differ.</param>
/// <param name="DurationSeconds">Duration.</param>
/// <param name="Keyframes">Places where decoding can begin.</param>
/// <param name="IsReadByOwnTables">True for mp4 and mov, false where libavformat reads the container.</param>
/// <param name="HasIndex">Whether a current index file holds it.</param>
public sealed record VideoFacts(
    string Path, long Bytes, string Codec, int Width, int Height, int RotationDegrees, int Frames, double FramesPerSecond,
    bool IsVariableRate, double DurationSeconds, int Keyframes, bool IsReadByOwnTables, bool HasIndex);

/// <summary>Sums over the videos of a tree.</summary>
/// <param name="Videos">Videos that can be opened.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="DurationSeconds">Their duration.</param>
/// <param name="Frames">Their frames.</param>
/// <param name="Keyframes">Their keyframes.</param>
/// <param name="VariableRate">Those of variable rate.</param>
/// <param name="WithIndex">Those with a current index.</param>
/// <param name="Kinds">How many there are of each codec, size and rate, the most frequent first.</param>
/// <param name="Bad">Videos that cannot be opened.</param>
public sealed record TreeFacts(
    long Videos, long Bytes, double DurationSeconds, long Frames, long Keyframes, long VariableRate, long WithIndex,
    IReadOnlyList<VideoKind> Kinds, IReadOnlyList<Problem> Bad);

/// <summary>Videos of one codec, size and rate.</summary>
/// <param name="Name">Such as <c>h264 512x288 30/s</c>.</param>
/// <param name="Videos">How many there are.</param>
/// <param name="DurationSeconds">How long they last together.</param>
public sealed record VideoKind(string Name, long Videos, double DurationSeconds);

namespace Avion.Video;

/// <summary>What a verification found.</summary>
/// <param name="Files">Videos checked, those of an earlier, stopped run included.</param>
/// <param name="Resumed">Those of the earlier run.</param>
/// <param name="BadFiles">Videos with at least one problem.</param>
/// <param name="Frames">Frames of the sound videos: decoded ones, or declared ones in quick mode.</param>
/// <param name="VideoSeconds">Their duration.</param>
/// <param name="Bytes">Bytes of all videos.</param>
/// <param name="Problems">What is wrong, by path.</param>
/// <param name="IndexesFixed">Index files that were made anew.</param>
/// <param name="ReadsPerFile">Frames of each video that were read alone and compared; 0 in quick mode.</param>
/// <param name="Seed">What the choice of those frames was drawn from.</param>
/// <param name="IsQuick">Whether only the structure was looked at.</param>
/// <param name="ElapsedSeconds">Wall time.</param>
public sealed record VerifyReport(
    long Files, long Resumed, long BadFiles, long Frames, double VideoSeconds, long Bytes, IReadOnlyList<Problem> Problems,
    int IndexesFixed, int ReadsPerFile, int Seed, bool IsQuick, double ElapsedSeconds);

/// <summary>How far a verification is. The number of files is not known before the end of the tree was seen.</summary>
/// <param name="Files">Files checked.</param>
/// <param name="BadFiles">Files with problems.</param>
/// <param name="Found">Files found so far.</param>
/// <param name="AllFound">Whether the whole tree was listed.</param>
public readonly record struct VerifyProgress(long Files, long BadFiles, long Found, bool AllFound);

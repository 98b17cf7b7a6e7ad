using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Avion.Data;

public sealed partial class ClipTable
{
    /// <summary>The digest of all that the table says of its clips.</summary>
    /// <param name="leftOut">Clips that are no samples.</param>
    internal ClipSetDigest ComputeDigest(ReadOnlySpan<int> leftOut)
    {
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _videos.AppendTo(digest);
        _videoOfClip.Write(digest.AppendData);
        digest.AppendData(MemoryMarshal.AsBytes(leftOut));
        string videos = Take();

        _starts.Write(digest.AppendData);
        _ends.Write(digest.AppendData);
        string times = Take();

        digest.AppendData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_labels)));
        string labels = Take();

        _firstCaptions.Write(digest.AppendData);
        Captions.AppendTo(digest);
        _weights?.Write(digest.AppendData);
        return new ClipSetDigest(videos, times, labels, Take());

        string Take() => Convert.ToHexStringLower(digest.GetHashAndReset());
    }
}

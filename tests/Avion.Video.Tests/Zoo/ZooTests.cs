namespace Avion.Video.Tests;

/// <summary>
/// Differential test over odd files: every frame, asked alone and in random order on both roads, is bit for bit the ffmpeg program's.
/// </summary>
public sealed class ZooTests
{
    private static readonly int s_seed = Environment.TickCount;

    public static TheoryData<string> Names => [.. VideoZoo.Files.Select(file => file.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_frame_alone_is_the_programs_on_both_roads(string name)
    {
        string path = VideoZoo.Make(name);
        byte[] expected = FFmpegProgram.RawFrames(path);
        List<string> differences = [];
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        differences.AddRange(Planes.EachAlone(reader, path, expected, s_seed));
        if (reader.GetInfo(path).IsIndexed)
        {
            using ClipReader general = new(new ClipReaderOptions { ForceGeneralRoad = true, Cache = new VideoInfoCache() });
            differences.AddRange(Planes.EachAlone(general, path, expected, s_seed));
        }

        Assert.Empty(differences);
    }
}

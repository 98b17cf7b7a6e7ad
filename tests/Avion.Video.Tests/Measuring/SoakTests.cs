namespace Avion.Video.Tests;

/// <summary>Alone in the process, because other tests' memory and files would count too.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
[Collection(nameof(SoakTests))]
public sealed class SoakTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Thousands_of_clips_leave_memory_and_open_files_where_they_were()
    {
        const int clips = 3000;
        FFmpegProgram.Require();
        List<string> files = [];
        foreach (string name in new[] { "a.mp4", "b.mp4", "c.mkv" })
        {
            files.Add(_folder.File(name));
            FFmpegProgram.Run($"-f lavfi -i testsrc2=s=160x96:r=30:d=3 -c:v libx264 -preset ultrafast -g 15 \"{files[^1]}\"");
        }

        List<SoakSample> samples = [];
        DecodeBenchmarkOptions options = new() { Files = files, OutputSize = 16, Workers = 2 };
        SoakResult result = SoakBenchmark.Run(options, clips, samples.Add, TestContext.Current.CancellationToken);
        Assert.Equal(SoakBenchmark.Samples, samples.Count);
        Assert.Equal((clips / 10, clips), (result.Early.ClipsRead, result.Late.ClipsRead));
        // A leak of one 23 KB picture for each clip would be 60 MB; a file left open, 2,700.
        Assert.True(
            result.IsFlat,
            $"memory went from {result.Early.ResidentBytes} to {result.Late.ResidentBytes} bytes, open files from {result.Early.OpenFiles} to {result.Late.OpenFiles}");
    }
}

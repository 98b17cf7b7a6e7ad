namespace Avion.Data.Tests;

public sealed class AnnotationBenchmarkTests
{
    [Fact]
    public void Every_form_is_made_read_and_removed()
    {
        using TemporaryFolder folder = new();
        List<AnnotationFigure> figures = [.. AnnotationBenchmark.Run(new AnnotationBenchmarkOptions(1200, folder.FullName), CancellationToken.None)];
        Assert.Equal([1, 3, 10, 1, 3], figures.Select(figure => figure.Captions / figure.Clips));
        Assert.All(figures, figure =>
        {
            Assert.Equal(1200, figure.Clips);
            Assert.True(figure is { ReadSeconds: > 0, CacheSeconds: > 0 } && figure.MemoryBytes > 20 * figure.Captions);
        });
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
        Assert.Single(AnnotationBenchmark.Run(new AnnotationBenchmarkOptions(5, folder.FullName, "csv"), CancellationToken.None));
    }
}

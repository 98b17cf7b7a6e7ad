namespace Avion.Files.Tests;

/// <summary>Damaged files are refused or read; nothing else happens, soon and in bounded memory.</summary>
public sealed class MutationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_pickles()
    {
        byte[][] files = [.. Directory.GetFiles(Repository.Asset("data", "pickles"), "*.pkl").Where(path => new FileInfo(path).Length < 20_000)
            .Select(File.ReadAllBytes)];
        Try(files, bytes =>
        {
            using PickleReader reader = new(new PickleStream(new MemoryStream(bytes), "x.pkl"), new NumpyPickleWorld());
            reader.Read();
        });
    }

    [Fact]
    public void Damaged_arrays()
    {
        string path = _folder.File("x.npy");
        byte[] pixels = [.. Encoding.Latin1.GetBytes("\u0093NUMPY\u0001\0\u0046\0{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }"
            .PadRight(79) + "\n"), .. new byte[6]];
        File.WriteAllBytes(path, pixels);
        Assert.Equal([2, 3], NumpyFile.ReadBytes(path).Shape);
        Try([pixels], bytes =>
        {
            File.WriteAllBytes(path, bytes);
            NumpyFile.ReadBytes(path);
        });
    }

    private static void Try(IReadOnlyList<byte[]> files, Action<byte[]> read)
    {
        int trials = Mutation.Try(TimeSpan.FromSeconds(2), files, read, error => error is FileFaultException);
        Assert.True(trials > 10, $"Only {trials} files were tried.");
    }
}

namespace Avion.Models.Tests;

/// <summary>Damaged checkpoints are refused or read; nothing else happens, soon and in bounded memory.</summary>
public sealed class MutationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("torch/zip.pt", "torch/members.pt", "torch/module.pt", "torch/script.pt", "torch/lightning.ckpt")]
    [InlineData("torch/legacy.pt", "torch/members-legacy.pt")]
    [InlineData("torch/deflated.pt")]
    [InlineData("cases/bool-mask.safetensors")]
    public void Damaged_checkpoints_are_read_or_refused(params string[] names)
    {
        string path = _folder.File("damaged");
        int trials = Mutation.Try(TimeSpan.FromSeconds(2), [.. names.Select(name => File.ReadAllBytes(Repository.Asset(name.Split('/'))))],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                using TensorArchive file = TensorArchive.Open(path);
                foreach (TensorEntry entry in file.Entries)
                {
                    file.Read(entry, 0, new float[Math.Min(entry.ElementCount, 1 << 16)]);
                }

                _ = WeightSet.From(file);
                _ = CheckpointDetails.Of(file);
            },
            error => error is CheckpointException);
        Assert.True(trials > 10, $"Only {trials} files were tried.");
    }
}

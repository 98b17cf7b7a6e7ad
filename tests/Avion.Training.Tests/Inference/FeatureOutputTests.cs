namespace Avion.Training.Tests;

public sealed class FeatureOutputTests
{
    [Fact]
    public void Files_of_heads_stay_in_their_folder_and_apart()
    {
        string[] names = ["verb", "../noun", "a b", "a/b", "A:B", ".hidden"];
        Assert.Equal(["verb.npy", "_._noun.npy", "a_b.npy", "a_b_2.npy", "A_B_3.npy", "_hidden.npy"],
            FeatureOutput.FilesOf([.. names.Select(name => new FeatureOutput(name, 2))]));
        Assert.Equal(["clips.npy"], FeatureOutput.FilesOf([new FeatureOutput("embedding", 2, IsUnit: true)]));
    }
}

using TorchSharp;

namespace Avion.Peers;

/// <summary>A model of the peer.</summary>
internal interface ITorchModel
{
    /// <summary>What the file of inputs holds beside parameters.</summary>
    IReadOnlySet<string> BatchNames { get; }

    /// <summary>Takes the batch.</summary>
    void Load(TensorFileReader inputs, TorchParameters parameters);

    /// <summary>The loss of the batch; the caller frees what it is made of.</summary>
    /// <param name="outputs">Takes what Avion wrote of its results; null for nobody.</param>
    torch.Tensor Loss(Dictionary<string, torch.Tensor>? outputs);
}

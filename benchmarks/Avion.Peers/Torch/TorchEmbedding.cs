using TorchSharp;

namespace Avion.Peers;

/// <summary>Rows of a table by number, whose gradient is dense; TorchSharp has the operation inside a layer with weights of its own
/// alone.</summary>
internal static class TorchEmbedding
{
    private const string Script = """
        def embed(table: Tensor, ids: Tensor):
            return torch.embedding(table, ids)

        """;

    private static readonly torch.jit.CompilationUnit s_script = torch.jit.compile(Script);

    public static torch.Tensor Embed(torch.Tensor table, torch.Tensor ids) => s_script.invoke<torch.Tensor>("embed", table, ids);
}

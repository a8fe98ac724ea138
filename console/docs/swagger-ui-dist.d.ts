declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Options {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    docExpansion: 'list' | 'full' | 'none';
    filter: boolean;
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    requestSnippetsEnabled: boolean;
    validatorUrl: string | null;
  }
  export default function SwaggerUI(options: Options): unknown;
}
